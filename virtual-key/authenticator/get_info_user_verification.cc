#include <algorithm>

#include "virtual-key/authenticator/config_command.h"
#include "virtual-key/authenticator/get_info_parts.h"

namespace keyrig::authenticator {
namespace {

constexpr int kFingerprintModality = 0x02;  // USER_VERIFY_FINGERPRINT_INTERNAL

void AddPinInfo(const State& state, Info& info) {
  const PinRules& rules = state.config.pin;
  info.options.emplace_back("clientPin", state.HasPin());
  if (state.config.no_mc_ga_permissions_with_client_pin) {
    info.options.emplace_back("noMcGaPermissionsWithClientPin", true);
  }
  // CTAP 2.0 knew none of these.
  if (!state.config.has_pin_uv_auth_token) return;
  info.members.emplace_back(0x0D, state.MinPinLength());
  if (state.HasSetMinPinLength()) {
    info.options.emplace_back("setMinPINLength", true);
    info.members.emplace_back(0x0C, state.device.force_pin_change);
    info.members.emplace_back(0x10, state.config.config_commands->max_min_pin_length_rp_ids);
  }
  if (state.HasPinComplexityPolicy()) {
    info.members.emplace_back(0x1B, state.EnforcesPinComplexity());
    if (!rules.complexity_policy_url.empty()) {
      info.members.emplace_back(0x1C, ToBytes(rules.complexity_policy_url));
    }
  }
  if (state.Speaks(Version::kFido23)) info.members.emplace_back(0x1D, rules.max_length);
}

void AddFingerprintInfo(const State& state, Info& info) {
  const FingerprintSensor& sensor = *state.config.fingerprint;
  const bool enrolled = state.IsUvConfigured();
  info.options.emplace_back("uv", enrolled);
  info.options.emplace_back("bioEnroll", enrolled);
  info.members.emplace_back(0x12, kFingerprintModality);
  if (sensor.has_preview) info.options.emplace_back("userVerificationMgmtPreview", enrolled);
  if (!state.config.has_pin_uv_auth_token) return;
  info.options.emplace_back("uvBioEnroll", true);
  if (state.HasConfig()) info.options.emplace_back("uvAcfg", true);
  info.members.emplace_back(0x11, sensor.preferred_platform_uv_attempts);
  if (state.HasClientPin() && state.Speaks(Version::kFido23)) {
    info.members.emplace_back(0x17, state.device.uv_count_since_pin);
  }
}

void AddConfigInfo(const State& state, Info& info) {
  const auto own = ConfigSubCommandsOf(state);
  const auto has = [&](ConfigSubCommand command) {
    return std::ranges::find(own, command) != own.end();
  };
  info.options.emplace_back("authnrCfg", true);
  if (has(ConfigSubCommand::kEnableEnterpriseAttestation)) {
    info.options.emplace_back("ep", state.device.enterprise_attestation);
  }
  if (has(ConfigSubCommand::kEnableLongTouchForReset)) {
    info.members.emplace_back(0x18, state.device.long_touch_for_reset);
  }
  if (!state.Speaks(Version::kFido23) || own.empty()) return;
  cbor::Array commands;
  for (const ConfigSubCommand command : own) {
    commands.emplace_back(static_cast<std::uint64_t>(command));
  }
  info.members.emplace_back(0x1F, std::move(commands));
}

}  // namespace

void AddUserVerificationInfo(const State& state, Info& info) {
  const AuthenticatorConfig& config = state.config;
  if (state.HasClientPin()) AddPinInfo(state, info);
  if (state.HasBuiltInUv()) AddFingerprintInfo(state, info);
  if (state.HasConfig()) AddConfigInfo(state, info);
  if (config.always_uv || (config.config_commands && config.config_commands->toggle_always_uv)) {
    info.options.emplace_back("alwaysUv", state.AlwaysUv());
  }
  if (state.HasUserVerification() && config.has_pin_uv_auth_token) {
    info.options.emplace_back("pinUvAuthToken", true);
    if (config.make_credential_uv_not_required) {
      info.options.emplace_back("makeCredUvNotRqd", !state.AlwaysUv());
    }
  }
  if (!config.transports_for_reset.empty()) {
    cbor::Array transports;
    for (const std::string& transport : config.transports_for_reset) {
      transports.emplace_back(transport);
    }
    info.members.emplace_back(0x1A, std::move(transports));
  }
}

}  // namespace keyrig::authenticator
