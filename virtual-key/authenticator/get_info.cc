#include <algorithm>

#include "virtual-key/authenticator/commands.h"
#include "virtual-key/authenticator/get_info_parts.h"
#include "virtual-key/authenticator/version.h"

namespace keyrig::authenticator {
namespace {

cbor::Array Algorithms(const State& state) {
  cbor::Array algorithms;
  for (const CoseAlgorithm algorithm : state.config.algorithms) {
    const int number = static_cast<int>(algorithm);
    if (!state.Supports(number)) continue;
    algorithms.emplace_back(cbor::Map{{"alg", number}, {"type", "public-key"}});
  }
  return algorithms;
}

/// Those that the key may call itself now (CTAP 2.3 §9).
cbor::Array Versions(const State& state) {
  cbor::Array versions;
  for (const Version version : state.config.versions) {
    if (UnmetObligation(state.config, version)) continue;
    if (version == Version::kU2fV2 && state.IsU2fBarred()) continue;
    versions.emplace_back(std::string(Name(version)));
  }
  return versions;
}

/// The formats but "none", each once.
cbor::Array AttestationFormats(const State& state) {
  cbor::Array formats;
  for (const Attestation attestation : AttestationsOf(state.config)) {
    if (attestation == Attestation::kNone) continue;
    cbor::Value name = std::string(FormatOf(attestation));
    if (std::ranges::find(formats, name) == formats.end()) formats.push_back(std::move(name));
  }
  return formats;
}

/// CTAP 2.0 ended with pinUvAuthProtocols.
bool KnowsOnly20(const State& state) {
  return !state.Speaks(Version::kFido21Pre) && !state.Speaks(Version::kFido21) &&
         !state.Speaks(Version::kFido23);
}

template <typename T>
cbor::Array ListOf(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}

void AddUnlessEmpty(int key, cbor::Array list, Info& info) {
  if (!list.empty()) info.members.emplace_back(key, std::move(list));
}

/// What the key is, whatever it can do.
void AddDeviceInfo(const State& state, Info& info) {
  const AuthenticatorConfig& config = state.config;
  const std::size_t max_id_size =
      std::max(kDiscoverableIdSize, WrappedCredentials::MaxIdSize(config.algorithms));
  info.options.emplace_back("up", true);
  info.options.emplace_back("plat", false);
  info.members.emplace_back(0x01, Versions(state));
  info.members.emplace_back(0x03, ByteView(config.aaguid.bytes));
  info.members.emplace_back(0x05, config.max_message_size);
  if (state.HasUserVerification()) {
    AddUnlessEmpty(0x06, ListOf(config.pin_uv_auth_protocols), info);
  }
  if (KnowsOnly20(state)) return;
  info.members.emplace_back(0x07, config.max_credentials_in_list);
  info.members.emplace_back(0x08, static_cast<std::uint64_t>(max_id_size));
  AddUnlessEmpty(0x09, ListOf(config.transports), info);
  AddUnlessEmpty(0x0A, Algorithms(state), info);
  info.members.emplace_back(0x0E, config.firmware_version);
  if (!config.certifications.empty()) {
    cbor::Map certifications;
    for (const auto& [name, level] : config.certifications)
      certifications.emplace_back(name, level);
    info.members.emplace_back(0x13, std::move(certifications));
  }
  if (state.Speaks(Version::kFido23)) AddUnlessEmpty(0x16, AttestationFormats(state), info);
}

}  // namespace

// CTAP 2.3 §6.4. A list or map that would be empty is left out.
Outcome<Bytes> GetInfo(const State& state) {
  Info info;
  AddDeviceInfo(state, info);
  AddUserVerificationInfo(state, info);
  AddCredentialInfo(state, info);
  if (!info.extensions.empty()) info.members.emplace_back(0x02, std::move(info.extensions));
  if (!info.options.empty()) info.members.emplace_back(0x04, std::move(info.options));
  return cbor::Encode(info.members);
}

}  // namespace keyrig::authenticator
