#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "virtual-key/profiles/profile.h"
#include "virtual-key/profiles/words.h"

namespace keyrig::profiles {
namespace {

using Json = nlohmann::ordered_json;

/// FIDO Registry of Predefined Values §3.6.1: the names of authentication algorithms.
constexpr std::array kRegistryAlgorithms = {
    std::pair{"secp256r1_ecdsa_sha256_raw", -7},  std::pair{"ed25519_eddsa_sha512_raw", -8},
    std::pair{"secp384r1_ecdsa_sha384_raw", -35}, std::pair{"secp521r1_ecdsa_sha512_raw", -36},
    std::pair{"secp256k1_ecdsa_sha256_raw", -47}, std::pair{"ed448_eddsa_shake256_raw", -53},
    std::pair{"rsassa_pkcsv15_sha256_raw", -257}, std::pair{"rsassa_pss_sha256_raw", -37},
};

// What a profile's file may say, too.
constexpr std::uint32_t kMostUvAttempts = 25;
constexpr std::uint32_t kMostRpIds = 64;
constexpr std::uint32_t kLeastLargeBlobArray = 1024;
constexpr std::uint32_t kMostLargeBlobArray = 65535;
constexpr std::uint32_t kLeastCredBlob = 32;
constexpr std::uint32_t kMostCredBlob = 1024;

Json ParseJson(std::string_view text) {
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

// What others have written may have any shape: a member that is not what it should be is not there.

const Json& MemberOf(const Json& object, const char* name) {
  static const Json kNone;
  if (!object.is_object()) return kNone;
  const auto found = object.find(name);
  return found == object.end() ? kNone : *found;
}

const Json& ListIn(const Json& object, const char* name) {
  static const Json kEmpty = Json::array();
  const Json& member = MemberOf(object, name);
  return member.is_array() ? member : kEmpty;
}

std::string TextIn(const Json& object, const char* name) {
  const Json& member = MemberOf(object, name);
  return member.is_string() ? member.get<std::string>() : std::string();
}

/// The nearest number that a profile may have.
std::uint32_t NumberIn(const Json& object, const char* name, std::uint32_t otherwise,
                       std::uint32_t least, std::uint32_t most) {
  const Json& member = MemberOf(object, name);
  if (!member.is_number_unsigned()) return otherwise;
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(member.get<std::uint64_t>(), least, most));
}

bool Holds(const Json& list, std::string_view word) {
  return std::ranges::find(list, Json(word)) != list.end();
}

/// The payload of a JWT in compact form; the text itself where it is none.
std::string PayloadOf(std::string_view text) {
  const std::size_t first = text.find('.');
  const std::size_t second = first == text.npos ? first : text.find('.', first + 1);
  if (second == text.npos || text.front() == '{') return std::string(text);
  const auto payload = FromBase64Url(text.substr(first + 1, second - first - 1));
  return payload ? std::string(payload->begin(), payload->end()) : std::string();
}

/// The statement that `aaguid` names; of a file with only one, that one.
Result<Json, Error> FindStatement(const std::string& file, const Json& json,
                                  std::string_view aaguid) {
  std::vector<Json> statements;
  if (MemberOf(json, "entries").is_array()) {
    for (const Json& entry : ListIn(json, "entries")) {
      if (MemberOf(entry, "aaguid").is_string()) {
        statements.push_back(MemberOf(entry, "metadataStatement"));
      }
    }
  } else if (MemberOf(json, "authenticatorGetInfo").is_object()) {
    statements.push_back(json);
  } else {
    return Fail(file +
                " is neither a metadata statement with authenticatorGetInfo (FIDO2 models have "
                "it) nor a metadata BLOB");
  }
  if (aaguid.empty()) {
    if (statements.size() == 1) return statements.front();
    return Fail(file + " has " + std::to_string(statements.size()) +
                " FIDO2 models; name one by its AAGUID");
  }
  for (const Json& statement : statements) {
    if (TextIn(statement, "aaguid") == aaguid) return statement;
  }
  return Fail(file + " has no FIDO2 model with the AAGUID " + std::string(aaguid));
}

template <typename Value>
void AddOnce(std::vector<Value>& list, Value value) {
  if (std::ranges::find(list, value) == list.end()) list.push_back(value);
}

void TakeOptions(const Json& info, AuthenticatorConfig& config) {
  const Json& options = MemberOf(info, "options");
  const auto is_on = [&](const char* name) { return MemberOf(options, name) == true; };
  // clientPin and bioEnroll are there where the key is able to, whatever their value.
  const auto is_named = [&](const char* name) { return options.contains(name); };
  for (const auto& [name, flag] : kOptionWords) config.*flag = is_on(name);
  config.has_client_pin = is_named("clientPin");
  if (is_named("uv") || is_named("bioEnroll") || is_named("userVerificationMgmtPreview")) {
    config.fingerprint.emplace();
    config.fingerprint->has_preview = is_named("userVerificationMgmtPreview");
    config.fingerprint->preferred_platform_uv_attempts =
        NumberIn(info, "preferredPlatformUvAttempts", 3, 1, kMostUvAttempts);
  }
  if (is_on("authnrCfg")) {
    config.config_commands.emplace();
    config.config_commands->set_min_pin_length = is_on("setMinPINLength");
    config.config_commands->toggle_always_uv = is_named("alwaysUv");
    config.config_commands->long_touch_for_reset = info.contains("longTouchForReset");
    config.config_commands->max_min_pin_length_rp_ids =
        NumberIn(info, "maxRPIDsForSetMinPINLength", 0, 0, kMostRpIds);
  }
  if (is_named("ep")) config.enterprise_attestation.emplace();
  if (is_on("largeBlobs")) {
    config.max_large_blob_array =
        NumberIn(info, "maxSerializedLargeBlobArray", kLeastLargeBlobArray, kLeastLargeBlobArray,
                 kMostLargeBlobArray);
  }
}

Result<void, Error> TakeLists(const std::string& file, const Json& info,
                              AuthenticatorConfig& config) {
  const Json& versions = ListIn(info, "versions");
  config.versions.clear();
  for (const auto& [name, version] : kVersionWords) {
    if (Holds(versions, name)) config.versions.push_back(version);
  }
  if (config.versions.empty()) return Fail(file + ": authenticatorGetInfo names no known version");
  const Json& extensions = ListIn(info, "extensions");
  for (const auto& [name, flag] : kExtensionWords) config.*flag = Holds(extensions, name);
  if (Holds(extensions, kCredBlobWord)) {
    config.max_cred_blob =
        NumberIn(info, "maxCredBlobLength", kLeastCredBlob, kLeastCredBlob, kMostCredBlob);
  }
  config.transports.clear();
  for (const std::string& word : kTransportWords) {
    if (Holds(ListIn(info, "transports"), word)) config.transports.push_back(word);
  }
  if (config.transports.empty()) config.transports = {"usb"};
  config.algorithms.clear();
  for (const Json& algorithm : ListIn(info, "algorithms")) {
    for (const auto& [name, known] : AlgorithmWords()) {
      if (MemberOf(algorithm, "alg") == static_cast<int>(known)) AddOnce(config.algorithms, known);
    }
  }
  // Keys that do not say so have at least this one (CTAP 2.0).
  if (config.algorithms.empty()) config.algorithms = {CoseAlgorithm::kEs256};
  config.pin_uv_auth_protocols.clear();
  for (const Json& protocol : ListIn(info, "pinUvAuthProtocols")) {
    for (const int known : {1, 2}) {
      if (protocol == known) AddOnce(config.pin_uv_auth_protocols, known);
    }
  }
  if (config.pin_uv_auth_protocols.empty()) config.pin_uv_auth_protocols = {1};
  return {};
}

Attestation AttestationOf(const Json& statement) {
  const Json& types = ListIn(statement, "attestationTypes");
  if (Holds(types, "basic_full") || Holds(types, "attca")) return Attestation::kPacked;
  return Holds(types, "basic_surrogate") ? Attestation::kSelf : Attestation::kNone;
}

}  // namespace

Result<Profile, Error> FromMetadata(std::string_view file_name, std::string_view text,
                                    std::string_view aaguid) {
  const std::string file(file_name);
  const Json json = ParseJson(PayloadOf(text));
  if (json.is_discarded()) return Fail(file + " is not JSON, nor a JWT of JSON");
  const Json statement = TRY(FindStatement(file, json, aaguid));
  const auto id = Aaguid::Parse(TextIn(statement, "aaguid"));
  if (!id) return Fail(file + ": the statement has no AAGUID");
  const Json& info = MemberOf(statement, "authenticatorGetInfo");

  Profile profile;
  AuthenticatorConfig& config = profile.config;
  config.aaguid = *id;
  profile.name = id->Text();
  profile.description = TextIn(statement, "description");
  config.attestation = AttestationOf(statement);
  TRY(TakeLists(file, info, config));
  TakeOptions(info, config);
  config.max_message_size = NumberIn(info, "maxMsgSize", 1024, 1024, 7609);
  config.max_credentials_in_list = NumberIn(info, "maxCredentialCountInList", 8, 1, 255);
  config.pin.min_length = NumberIn(info, "minPINLength", 4, 4, 63);
  config.pin.max_length =
      NumberIn(info, "maxPINLength", 63, std::max(8U, config.pin.min_length), 63);
  config.firmware_version =
      NumberIn(info, "firmwareVersion", 1, 1, std::numeric_limits<std::int32_t>::max());
  if (!profile.description.empty()) profile.usb.product_name = profile.description;
  return profile;
}

std::string MetadataStatement(const Profile& profile, ByteView attestation_root) {
  const AuthenticatorConfig& config = profile.config;
  Json versions = Json::array();
  for (const Version version : config.versions) versions.push_back(WordOf(kVersionWords, version));
  Json extensions = Json::array();
  for (const auto& [name, flag] : kExtensionWords) {
    if (config.*flag) extensions.push_back(name);
  }
  if (config.max_cred_blob) extensions.push_back(kCredBlobWord);
  Json options = {{"plat", false}, {"rk", config.has_resident_keys}, {"up", true}};
  if (config.has_client_pin) {
    options["clientPin"] = true;
    options["pinUvAuthToken"] = config.has_pin_uv_auth_token;
    options["credMgmt"] = config.has_resident_keys && config.has_credential_management;
  }
  if (config.fingerprint) options["uv"] = true;
  if (config.enterprise_attestation) options["ep"] = false;
  if (config.max_large_blob_array) options["largeBlobs"] = true;
  Json algorithms = Json::array();
  Json registry = Json::array();
  for (const CoseAlgorithm algorithm : config.algorithms) {
    algorithms.push_back({{"type", "public-key"}, {"alg", static_cast<int>(algorithm)}});
    for (const auto& [name, number] : kRegistryAlgorithms) {
      if (number == static_cast<int>(algorithm)) registry.push_back(name);
    }
  }
  Json info = {{"versions", versions},
               {"extensions", extensions},
               {"aaguid", ToHex(config.aaguid.bytes)},
               {"options", options},
               {"maxMsgSize", config.max_message_size},
               {"pinUvAuthProtocols", config.pin_uv_auth_protocols},
               {"maxCredentialCountInList", config.max_credentials_in_list},
               {"transports", config.transports},
               {"algorithms", algorithms},
               {"minPINLength", config.pin.min_length},
               {"firmwareVersion", config.firmware_version}};

  Json methods = Json::array();
  const auto add_method = [&](const char* method) {
    methods.push_back(Json::array({{{"userVerificationMethod", method}}}));
  };
  add_method("presence_internal");
  if (config.has_client_pin) add_method("passcode_external");
  if (config.fingerprint) add_method("fingerprint_internal");
  Json roots = Json::array();
  if (!attestation_root.empty()) roots.push_back(ToBase64(attestation_root));
  const char* type = config.attestation == Attestation::kSelf    ? "basic_surrogate"
                     : config.attestation == Attestation::kNone  ? "none"
                     : config.attestation == Attestation::kApple ? "anonca"
                                                                 : "basic_full";
  const Json statement = {
      {"description", profile.description.empty() ? profile.name : profile.description},
      {"aaguid", config.aaguid.Text()},
      {"authenticatorVersion", config.firmware_version},
      {"protocolFamily", "fido2"},
      {"schema", 3},
      {"upv", Json::array({{{"major", 1}, {"minor", 0}}})},
      {"authenticationAlgorithms", registry},
      {"publicKeyAlgAndEncodings", Json::array({"cose"})},
      {"attestationTypes", Json::array({type})},
      {"userVerificationDetails", methods},
      {"keyProtection", Json::array({"software"})},
      {"matcherProtection", Json::array({"software"})},
      {"attachmentHint", Json::array({"external", "wired"})},
      {"tcDisplay", Json::array()},
      {"attestationRootCertificates", roots},
      {"authenticatorGetInfo", info}};
  return statement.dump(2) + "\n";
}

std::string MetadataBlob(const Profile& profile, ByteView attestation_root,
                         const BlobSigner& signer, RandomStream& stream) {
  const Json payload = {
      {"legalHeader", "Made by keyrig for tests; it says nothing about any product."},
      {"no", 1},
      {"nextUpdate", signer.next_update},
      {"entries",
       Json::array({{{"aaguid", profile.config.aaguid.Text()},
                     {"metadataStatement", ParseJson(MetadataStatement(profile, attestation_root))},
                     {"statusReports", Json::array({{{"status", "FIDO_CERTIFIED_L1"}}})},
                     {"timeOfLastStatusChange", signer.next_update}}})}};
  const Json header = {
      {"alg", "RS256"}, {"typ", "JWT"}, {"x5c", Json::array({ToBase64(signer.certificate.Der())})}};
  const std::string signed_text =
      ToBase64Url(ViewOf(header.dump())) + "." + ToBase64Url(ViewOf(payload.dump()));
  const Bytes signature = signer.key.Sign(CoseAlgorithm::kRs256, ViewOf(signed_text), stream);
  return signed_text + "." + ToBase64Url(signature);
}

}  // namespace keyrig::profiles
