#include <algorithm>

#include "virtual-key/authenticator/commands.h"

namespace keyrig::authenticator {
namespace {

cbor::Map Options(const State& state) {
  cbor::Map options = {{"rk", state.config.has_resident_keys}, {"up", true}, {"plat", false}};
  if (state.HasClientPin()) {
    options.emplace_back("clientPin", state.IsProtected());
    options.emplace_back("pinUvAuthToken", true);
    options.emplace_back("makeCredUvNotRqd", true);
  }
  if (state.HasCredentialManagement()) options.emplace_back("credMgmt", true);
  return options;
}

cbor::Array Algorithms(const State& state) {
  cbor::Array algorithms;
  for (const CoseAlgorithm algorithm : state.config.algorithms) {
    const int number = static_cast<int>(algorithm);
    if (!state.Supports(number)) continue;
    algorithms.emplace_back(cbor::Map{{"alg", number}, {"type", "public-key"}});
  }
  return algorithms;
}

}  // namespace

// CTAP 2.1 §6.4. A list that would be empty is left out.
Outcome<Bytes> GetInfo(const State& state) {
  const AuthenticatorConfig& config = state.config;
  cbor::Array extensions = {"credProtect"};
  if (config.has_hmac_secret) extensions.emplace_back("hmac-secret");
  const std::size_t max_id_size =
      std::max(kDiscoverableIdSize, WrappedCredentials::MaxIdSize(config.algorithms));
  cbor::Map info = {
      {0x01, cbor::Array{"FIDO_2_0", "FIDO_2_1"}},
      {0x02, std::move(extensions)},
      {0x03, ByteView(config.aaguid.bytes)},
      {0x04, Options(state)},
      {0x05, config.max_message_size},
      {0x07, config.max_credentials_in_list},
      {0x08, static_cast<std::uint64_t>(max_id_size)},
      {0x09, cbor::Array{"usb"}},
      {0x0E, config.firmware_version},
  };
  if (cbor::Array algorithms = Algorithms(state); !algorithms.empty()) {
    info.emplace_back(0x0A, std::move(algorithms));
  }
  if (state.HasClientPin()) {
    cbor::Array protocols;
    for (const PinUvAuthProtocol& protocol : state.protocols) {
      protocols.emplace_back(static_cast<int>(protocol.Number()));
    }
    info.emplace_back(0x06, std::move(protocols));
    info.emplace_back(0x0D, config.pin.min_length);
  }
  if (config.has_resident_keys) {
    info.emplace_back(0x14, state.RemainingDiscoverable());
  }
  return cbor::Encode(info);
}

}  // namespace keyrig::authenticator
