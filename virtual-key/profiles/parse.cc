#include <algorithm>
#include <limits>

#include "harness/base/object_reader.h"
#include "virtual-key/profiles/profile.h"
#include "virtual-key/profiles/words.h"

namespace keyrig::profiles {
namespace {

using authenticator::ConfigCommands;
using authenticator::EnterpriseAttestation;
using authenticator::FingerprintSensor;
using authenticator::PinRules;
using strict_json::Node;
using strict_json::ObjectReader;

/// Reads the members of one object of the file, each optional and into place.
class Section {
 public:
  static Result<Section, Error> Open(std::string_view file, const Node& node,
                                     const std::vector<std::string>& allowed) {
    return Section(TRY(ObjectReader::Open(file, node, allowed)));
  }

  template <typename Number>
  Result<void, Error> Read(const char* name, Number& into, int least, int most) const {
    if (const Node* node = reader.Find(name)) {
      into = static_cast<Number>(TRY(reader.Number(*node, least, most)));
    }
    return {};
  }
  Result<void, Error> Read(const char* name, bool& into) const {
    if (const Node* node = reader.Find(name)) into = TRY(reader.Bool(*node));
    return {};
  }
  Result<void, Error> Read(const char* name, std::string& into) const {
    if (const Node* node = reader.Find(name)) into = TRY(reader.Text(*node));
    return {};
  }
  Result<void, Error> Read(const char* name, std::vector<std::string>& into,
                           const std::vector<std::string>& words = {}) const {
    if (const Node* node = reader.Find(name)) into = TRY(reader.Texts(*node, words));
    return {};
  }
  template <typename Words, typename Value>
  Result<void, Error> ReadWords(const char* name, const Words& words,
                                std::vector<Value>& into) const {
    const Node* node = reader.Find(name);
    if (node == nullptr) return {};
    into.clear();
    for (const std::string& word : TRY(reader.Texts(*node, NamesOf(words)))) {
      into.push_back(ValueOf(words, word));
    }
    return {};
  }

  ObjectReader reader;

 private:
  explicit Section(ObjectReader of) : reader(std::move(of)) {}
};

// Sizes in messages and lists; CTAP leaves them open, 16 bits are more than any key has.
constexpr int kManyBytes = 65535;
constexpr int kMaxPinBytes = 63;

Result<void, Error> ReadOptions(std::string_view file, const Node& node,
                                AuthenticatorConfig& config) {
  const Section options = TRY(Section::Open(file, node, NamesOf(kOptionWords)));
  for (const auto& [name, flag] : kOptionWords) TRY(options.Read(name, config.*flag));
  return {};
}

Result<void, Error> ReadExtensions(const Section& file, AuthenticatorConfig& config) {
  std::vector<std::string> words = NamesOf(kExtensionWords);
  words.emplace_back(kCredBlobWord);
  if (file.reader.Find("extensions") == nullptr) return {};
  std::vector<std::string> named;
  TRY(file.Read("extensions", named, words));
  for (const auto& [word, flag] : kExtensionWords) {
    config.*flag = std::ranges::find(named, word) != named.end();
  }
  if (std::ranges::find(named, kCredBlobWord) != named.end()) {
    config.max_cred_blob = config.max_cred_blob.value_or(32);
  } else {
    config.max_cred_blob.reset();
  }
  return {};
}

Result<void, Error> ReadLimits(std::string_view file, const Node& node,
                               AuthenticatorConfig& config) {
  const Section limits = TRY(Section::Open(
      file, node, {"message", "credentials_in_list", "discoverable_credentials", "cred_blob"}));
  TRY(limits.Read("message", config.max_message_size, 1024, 7609));
  TRY(limits.Read("credentials_in_list", config.max_credentials_in_list, 1, 255));
  TRY(limits.Read("discoverable_credentials", config.max_discoverable_credentials, 0, kManyBytes));
  if (const Node* blob = limits.reader.Find("cred_blob")) {
    config.max_cred_blob = static_cast<std::uint32_t>(TRY(limits.reader.Number(*blob, 32, 1024)));
  }
  return {};
}

Result<void, Error> ReadPin(std::string_view file, const Node& node, AuthenticatorConfig& config) {
  const Section pin =
      TRY(Section::Open(file, node,
                        {"min_length", "max_length", "max_retries", "complexity_policy",
                         "complexity_policy_url", "protocols"}));
  TRY(pin.Read("min_length", config.pin.min_length, 4, kMaxPinBytes));
  TRY(pin.Read("max_length", config.pin.max_length, 8, kMaxPinBytes));
  TRY(pin.Read("max_retries", config.pin.max_retries, 1, 8));
  TRY(pin.Read("complexity_policy", config.pin.has_complexity_policy));
  TRY(pin.Read("complexity_policy_url", config.pin.complexity_policy_url));
  if (config.pin.max_length < config.pin.min_length) {
    return pin.reader.Refuse(node, "max_length is less than min_length");
  }
  if (const Node* protocols = pin.reader.Find("protocols")) {
    static const std::vector<std::pair<std::string, int>> kProtocols = {{"1", 1}, {"2", 2}};
    TRY(pin.ReadWords("protocols", kProtocols, config.pin_uv_auth_protocols));
    if (protocols->items.empty()) return pin.reader.Refuse(*protocols, "a PIN needs a protocol");
  }
  return {};
}

Result<void, Error> ReadFingerprint(std::string_view file, const Node& node,
                                    AuthenticatorConfig& config) {
  const Section section =
      TRY(Section::Open(file, node,
                        {"max_templates", "samples_per_template", "max_name_size", "max_uv_retries",
                         "preferred_platform_uv_attempts", "preview"}));
  FingerprintSensor sensor;
  TRY(section.Read("max_templates", sensor.max_templates, 1, 255));
  TRY(section.Read("samples_per_template", sensor.samples_per_template, 1, 32));
  TRY(section.Read("max_name_size", sensor.max_name_size, 1, 255));
  TRY(section.Read("max_uv_retries", sensor.max_uv_retries, 1, 25));
  TRY(section.Read("preferred_platform_uv_attempts", sensor.preferred_platform_uv_attempts, 1, 25));
  TRY(section.Read("preview", sensor.has_preview));
  config.fingerprint = sensor;
  return {};
}

Result<void, Error> ReadConfigCommands(std::string_view file, const Node& node,
                                       AuthenticatorConfig& config) {
  const Section section = TRY(Section::Open(file, node,
                                            {"set_min_pin_length", "max_min_pin_length_rp_ids",
                                             "toggle_always_uv", "long_touch_for_reset"}));
  ConfigCommands commands;
  TRY(section.Read("set_min_pin_length", commands.set_min_pin_length));
  TRY(section.Read("max_min_pin_length_rp_ids", commands.max_min_pin_length_rp_ids, 0, 64));
  TRY(section.Read("toggle_always_uv", commands.toggle_always_uv));
  TRY(section.Read("long_touch_for_reset", commands.long_touch_for_reset));
  config.config_commands = commands;
  return {};
}

Result<void, Error> ReadAttestation(std::string_view file, const Node& node,
                                    AuthenticatorConfig& config) {
  const Section section =
      TRY(Section::Open(file, node, {"format", "organization", "enterprise_rp_ids"}));
  if (const Node* format = section.reader.Find("format")) {
    config.attestation =
        ValueOf(kAttestationWords, TRY(section.reader.Word(*format, NamesOf(kAttestationWords))));
  }
  TRY(section.Read("organization", config.attestation_organization));
  if (section.reader.Find("enterprise_rp_ids") != nullptr) {
    config.enterprise_attestation.emplace();
    TRY(section.Read("enterprise_rp_ids", config.enterprise_attestation->rp_ids));
  }
  return {};
}

Result<void, Error> ReadUsb(std::string_view file, const Node& node, UsbIdentity& usb) {
  const Section section = TRY(Section::Open(
      file, node, {"vendor", "product", "manufacturer", "product_name", "serial_number"}));
  const auto read_id = [&](const char* name, std::uint16_t& into) -> Result<void, Error> {
    const Node* id = section.reader.Find(name);
    if (id == nullptr) return {};
    const std::string text = TRY(section.reader.Text(*id));
    const auto bytes = FromHex(text);
    if (!bytes || bytes->size() != 2) {
      return section.reader.Refuse(*id, "expected 4 hexadecimal digits, such as \"1209\"");
    }
    into = static_cast<std::uint16_t>((*bytes)[0] << 8 | (*bytes)[1]);
    return {};
  };
  TRY(read_id("vendor", usb.vendor));
  TRY(read_id("product", usb.product));
  TRY(section.Read("manufacturer", usb.manufacturer));
  TRY(section.Read("product_name", usb.product_name));
  TRY(section.Read("serial_number", usb.serial_number));
  return {};
}

Result<void, Error> ReadCertifications(std::string_view file, const Node& node,
                                       AuthenticatorConfig& config) {
  const Section section = TRY(Section::Open(
      file, node,
      {"FIDO", "CC-EAL", "FIPS-CMVP-2", "FIPS-CMVP-3", "FIPS-CMVP-2-PHY", "FIPS-CMVP-3-PHY"}));
  for (const Node::Member& member : node.members) {
    if (member.name == "$comment") continue;
    config.certifications[member.name] =
        static_cast<std::uint32_t>(TRY(section.reader.Number(member.value, 0, 255)));
  }
  return {};
}

}  // namespace

Result<Profile, Error> Parse(std::string_view file, std::string_view text) {
  const Node root = TRY(strict_json::ParseDocument(file, text));
  const Section whole = TRY(Section::Open(
      file, root,
      {"$schema",         "name",       "description", "aaguid",           "versions",
       "algorithms",      "transports", "attestation", "options",          "extensions",
       "limits",          "pin",        "fingerprint", "config_commands",  "large_blob_array",
       "backup_eligible", "backed_up",  "usb",         "firmware_version", "certifications"}));
  Profile profile;
  AuthenticatorConfig& config = profile.config;
  profile.name = TRY(whole.reader.Text(*TRY(whole.reader.Require("name"))));
  TRY(whole.Read("description", profile.description));
  config.aaguid = TRY(whole.reader.ReadAaguid(*TRY(whole.reader.Require("aaguid"))));
  TRY(whole.reader.Require("versions"));
  TRY(whole.ReadWords("versions", kVersionWords, config.versions));
  TRY(whole.ReadWords("algorithms", AlgorithmWords(), config.algorithms));
  TRY(whole.Read("transports", config.transports, kTransportWords));
  TRY(ReadExtensions(whole, config));
  if (const Node* blobs = whole.reader.Find("large_blob_array")) {
    config.max_large_blob_array =
        static_cast<std::uint32_t>(TRY(whole.reader.Number(*blobs, 1024, kManyBytes)));
  }
  TRY(whole.Read("backup_eligible", config.backup_eligible));
  TRY(whole.Read("backed_up", config.backed_up));
  TRY(whole.Read("firmware_version", config.firmware_version, 0, std::numeric_limits<int>::max()));
  using Reader = Result<void, Error> (*)(std::string_view, const Node&, AuthenticatorConfig&);
  constexpr std::pair<const char*, Reader> kSections[] = {{"attestation", ReadAttestation},
                                                          {"options", ReadOptions},
                                                          {"limits", ReadLimits},
                                                          {"pin", ReadPin},
                                                          {"fingerprint", ReadFingerprint},
                                                          {"config_commands", ReadConfigCommands},
                                                          {"certifications", ReadCertifications}};
  for (const auto& [name, read] : kSections) {
    if (const Node* node = whole.reader.Find(name)) TRY(read(file, *node, config));
  }
  if (const Node* usb = whole.reader.Find("usb")) TRY(ReadUsb(file, *usb, profile.usb));
  return profile;
}

}  // namespace keyrig::profiles
