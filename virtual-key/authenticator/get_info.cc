#include <algorithm>

#include "virtual-key/authenticator/commands.h"
#include "virtual-key/authenticator/get_info_parts.h"

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

/// What the key is, whatever it can do.
void AddDeviceInfo(const State& state, Info& info) {
  const AuthenticatorConfig& config = state.config;
  const std::size_t max_id_size =
      std::max(kDiscoverableIdSize, WrappedCredentials::MaxIdSize(config.algorithms));
  info.options.emplace_back("up", true);
  info.options.emplace_back("plat", false);
  info.members.emplace_back(0x01, cbor::Array{"FIDO_2_0", "FIDO_2_1"});
  info.members.emplace_back(0x03, ByteView(config.aaguid.bytes));
  info.members.emplace_back(0x05, config.max_message_size);
  info.members.emplace_back(0x07, config.max_credentials_in_list);
  info.members.emplace_back(0x08, static_cast<std::uint64_t>(max_id_size));
  info.members.emplace_back(0x09, cbor::Array{"usb"});
  info.members.emplace_back(0x0E, config.firmware_version);
  if (cbor::Array algorithms = Algorithms(state); !algorithms.empty()) {
    info.members.emplace_back(0x0A, std::move(algorithms));
  }
  if (state.HasClientPin()) {
    cbor::Array protocols;
    for (const PinUvAuthProtocol& protocol : state.protocols) {
      protocols.emplace_back(static_cast<int>(protocol.Number()));
    }
    info.members.emplace_back(0x06, std::move(protocols));
  }
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
