#include "virtual-key/authenticator/config_command.h"

#include <algorithm>

#include "virtual-key/authenticator/commands.h"

namespace keyrig::authenticator {
namespace {

/// authenticatorConfig's parameters (CTAP 2.3 §6.11); views into the decoded map.
struct ConfigRequest {
  std::uint64_t sub_command = 0;                              // 0x01
  std::optional<MapView> params;                              // 0x02
  PinUvAuthFields pin_uv_auth;                                // 0x03 protocol, 0x04 param
  std::optional<std::uint64_t> new_min_pin_length;            // 0x02 0x01
  std::optional<std::vector<std::string>> min_length_rp_ids;  // 0x02 0x02
  bool force_change_pin = false;                              // 0x02 0x03
  bool pin_complexity_policy = false;                         // 0x02 0x04

  static Outcome<ConfigRequest> From(const cbor::Value& map) {
    ConfigRequest request;
    request.sub_command = TRY(Required<std::uint64_t>(map, 0x01));
    request.params = TRY(Optional<MapView>(map, 0x02));
    request.pin_uv_auth.protocol = TRY(Optional<std::uint64_t>(map, 0x03));
    request.pin_uv_auth.param = TRY(Optional<ByteView>(map, 0x04));
    return request;
  }

  /// What setMinPINLength is told.
  Outcome<void> ReadSetMinPinLength() {
    if (!params) return {};
    const cbor::Value& map = *params->value;
    new_min_pin_length = TRY(Optional<std::uint64_t>(map, 0x01));
    if (const auto list = TRY(Optional<ArrayView>(map, 0x02))) {
      min_length_rp_ids.emplace();
      for (const cbor::Value& entry : *list->elements) {
        const auto rp_id = FieldFrom<std::string_view>(entry);
        if (!rp_id) return Err(Status::kCborUnexpectedType);
        min_length_rp_ids->emplace_back(*rp_id);
      }
    }
    force_change_pin = TRY(Optional<bool>(map, 0x03)).value_or(false);
    pin_complexity_policy = TRY(Optional<bool>(map, 0x04)).value_or(false);
    return {};
  }
};

Outcome<void> CheckConfigToken(State& state, const ConfigRequest& request) {
  if (!request.pin_uv_auth.param) return Err(Status::kPuatRequired);
  PinUvAuthProtocol* const protocol = TRY(state.SelectProtocol(request.pin_uv_auth.protocol));
  Bytes message(32, 0xFF);
  Append(message, Bytes{0x0D, static_cast<std::uint8_t>(request.sub_command)});
  if (request.params) Append(message, cbor::Encode(*request.params->value));
  if (!protocol->VerifyWithToken(message, *request.pin_uv_auth.param,
                                 state.environment.clock.Now()) ||
      !protocol->Token().Allows(permission::kAuthenticatorConfiguration)) {
    return Err(Status::kPinAuthInvalid);
  }
  return {};
}

// §6.11.4.
Outcome<Bytes> SetMinPinLength(State& state, ConfigRequest& request) {
  TRY(request.ReadSetMinPinLength());
  const ConfigCommands& commands = *state.config.config_commands;
  DeviceState& device = state.device;
  const std::uint64_t minimum = request.new_min_pin_length.value_or(state.MinPinLength());
  if (request.min_length_rp_ids && !state.config.has_min_pin_length_extension) {
    return Err(Status::kInvalidParameter);
  }
  if (minimum < state.MinPinLength() || minimum > state.config.pin.max_length) {
    return Err(Status::kPinPolicyViolation);
  }
  if (request.pin_complexity_policy && !commands.pin_complexity_policy &&
      !state.config.pin.has_complexity_policy) {
    return Err(Status::kInvalidParameter);
  }
  if (request.force_change_pin && !state.HasPin()) return Err(Status::kPinNotSet);
  if (request.min_length_rp_ids &&
      request.min_length_rp_ids->size() > commands.max_min_pin_length_rp_ids) {
    return Err(Status::kKeyStoreFull);
  }
  device.min_pin_length = static_cast<std::uint32_t>(minimum);
  if (request.min_length_rp_ids && !request.min_length_rp_ids->empty()) {
    device.min_pin_length_rp_ids = *std::move(request.min_length_rp_ids);
  }
  if (request.pin_complexity_policy) device.pin_complexity_policy = true;
  const bool is_too_short = state.HasPin() && device.pin_code_points < minimum;
  if (request.force_change_pin || is_too_short) device.force_pin_change = true;
  TRY(state.Save());
  if (device.force_pin_change) state.ResetTokens();
  return Bytes();
}

}  // namespace

std::vector<ConfigSubCommand> ConfigSubCommandsOf(const State& state) {
  std::vector<ConfigSubCommand> commands;
  if (state.config.enterprise_attestation) {
    commands.push_back(ConfigSubCommand::kEnableEnterpriseAttestation);
  }
  if (!state.config.config_commands) return commands;
  if (state.config.config_commands->toggle_always_uv) {
    commands.push_back(ConfigSubCommand::kToggleAlwaysUv);
  }
  if (state.HasSetMinPinLength()) commands.push_back(ConfigSubCommand::kSetMinPinLength);
  if (state.config.config_commands->long_touch_for_reset) {
    commands.push_back(ConfigSubCommand::kEnableLongTouchForReset);
  }
  return commands;
}

Outcome<Bytes> Config(State& state, ByteView parameters) {
  const cbor::Value map = TRY(DecodeParameters(parameters));
  auto request = TRY(ConfigRequest::From(map));
  // Step 2. There is no vendorPrototype.
  const auto own = ConfigSubCommandsOf(state);
  const auto sub_command = static_cast<ConfigSubCommand>(request.sub_command);
  if (std::ranges::find(own, sub_command) == own.end()) return Err(Status::kInvalidParameter);
  // Step 3: who cannot verify himself may still switch off what wants him to.
  const bool unlocks =
      sub_command == ConfigSubCommand::kToggleAlwaysUv && state.AlwaysUv() && !state.IsProtected();
  // Step 4.
  if (!unlocks && (state.IsProtected() || state.AlwaysUv())) TRY(CheckConfigToken(state, request));
  switch (sub_command) {
    case ConfigSubCommand::kEnableEnterpriseAttestation:
      state.device.enterprise_attestation = true;
      break;
    case ConfigSubCommand::kToggleAlwaysUv:
      state.device.always_uv = !state.AlwaysUv();
      break;
    case ConfigSubCommand::kSetMinPinLength:
      return SetMinPinLength(state, request);
    case ConfigSubCommand::kEnableLongTouchForReset:
      state.device.long_touch_for_reset = true;
      break;
  }
  TRY(state.Save());
  return Bytes();
}

}  // namespace keyrig::authenticator
