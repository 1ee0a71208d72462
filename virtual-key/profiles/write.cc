#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "virtual-key/profiles/profile.h"
#include "virtual-key/profiles/words.h"

namespace keyrig::profiles {
namespace {

using Json = nlohmann::ordered_json;

template <typename Words, typename Value>
std::vector<std::string> WordsOf(const Words& words, const std::vector<Value>& values) {
  std::vector<std::string> list;
  for (const Value& value : values) list.push_back(WordOf(words, value));
  return list;
}

}  // namespace

std::string Write(const Profile& profile) {
  const AuthenticatorConfig& config = profile.config;
  Json json = {{"name", profile.name}};
  if (!profile.description.empty()) json["description"] = profile.description;
  json["aaguid"] = config.aaguid.Text();
  json["versions"] = WordsOf(kVersionWords, config.versions);
  json["algorithms"] = WordsOf(AlgorithmWords(), config.algorithms);
  json["transports"] = config.transports;
  json["attestation"] = {{"format", WordOf(kAttestationWords, config.attestation)},
                         {"organization", config.attestation_organization}};
  if (config.enterprise_attestation) {
    json["attestation"]["enterprise_rp_ids"] = config.enterprise_attestation->rp_ids;
  }
  for (const auto& [name, flag] : kOptionWords) json["options"][name] = config.*flag;
  json["extensions"] = Json::array();
  for (const auto& [name, flag] : kExtensionWords) {
    if (config.*flag) json["extensions"].push_back(name);
  }
  json["limits"] = {{"message", config.max_message_size},
                    {"credentials_in_list", config.max_credentials_in_list},
                    {"discoverable_credentials", config.max_discoverable_credentials}};
  if (config.max_cred_blob) {
    json["extensions"].push_back(kCredBlobWord);
    json["limits"]["cred_blob"] = *config.max_cred_blob;
  }
  std::vector<std::string> protocols;
  for (const int protocol : config.pin_uv_auth_protocols) {
    protocols.push_back(std::to_string(protocol));
  }
  json["pin"] = {{"min_length", config.pin.min_length},
                 {"max_length", config.pin.max_length},
                 {"max_retries", config.pin.max_retries},
                 {"complexity_policy", config.pin.has_complexity_policy},
                 {"protocols", protocols}};
  if (!config.pin.complexity_policy_url.empty()) {
    json["pin"]["complexity_policy_url"] = config.pin.complexity_policy_url;
  }
  if (const auto& sensor = config.fingerprint) {
    json["fingerprint"] = {
        {"max_templates", sensor->max_templates},
        {"samples_per_template", sensor->samples_per_template},
        {"max_name_size", sensor->max_name_size},
        {"max_uv_retries", sensor->max_uv_retries},
        {"preferred_platform_uv_attempts", sensor->preferred_platform_uv_attempts},
        {"preview", sensor->has_preview}};
  }
  if (const auto& commands = config.config_commands) {
    json["config_commands"] = {{"set_min_pin_length", commands->set_min_pin_length},
                               {"max_min_pin_length_rp_ids", commands->max_min_pin_length_rp_ids},
                               {"toggle_always_uv", commands->toggle_always_uv},
                               {"long_touch_for_reset", commands->long_touch_for_reset}};
  }
  if (config.max_large_blob_array) json["large_blob_array"] = *config.max_large_blob_array;
  json["backup_eligible"] = config.backup_eligible;
  json["backed_up"] = config.backed_up;
  json["usb"] = {{"vendor", fmt::format("{:04x}", profile.usb.vendor)},
                 {"product", fmt::format("{:04x}", profile.usb.product)},
                 {"manufacturer", profile.usb.manufacturer},
                 {"product_name", profile.usb.product_name}};
  if (!profile.usb.serial_number.empty()) json["usb"]["serial_number"] = profile.usb.serial_number;
  json["firmware_version"] = config.firmware_version;
  if (!config.certifications.empty()) json["certifications"] = config.certifications;
  return json.dump(2) + "\n";
}

}  // namespace keyrig::profiles
