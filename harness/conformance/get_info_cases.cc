// The invariants of getInfo (CTAP 2.3 §6.4, §9): one row, one rule.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/conformance/case.h"
#include "harness/conformance/presence.h"

namespace keyrig::conformance {
namespace {

constexpr const char* kMembers = "CTAP 2.3 §6.4";
constexpr const char* kOptions = "CTAP 2.3 §6.4 options";
constexpr const char* kFeatures = "CTAP 2.3 §9 and §6.4";

/// What is wrong; nothing where the rule is kept.
using Rule = std::function<std::optional<std::string>(const Info&)>;

struct Invariant {
  std::string id;
  const char* clause;
  std::string shows;
  Rule rule;
};

std::optional<std::string> Unless(bool holds, std::string otherwise) {
  if (holds) return std::nullopt;
  return otherwise;
}

Rule AtLeast(int member, std::uint64_t minimum) {
  return [=](const Info& info) -> std::optional<std::string> {
    if (info.Member(member) == nullptr) return std::nullopt;
    const auto number = info.Number(member);
    return Unless(number && *number >= minimum,
                  fmt::format("0x{:02x} is {}", member, cbor::Diagnose(*info.Member(member))));
  };
}

/// A list that is there is not empty and names nothing twice.
Rule ProperList(int member) {
  return [=](const Info& info) -> std::optional<std::string> {
    const cbor::Value* value = info.Member(member);
    if (value == nullptr) return std::nullopt;
    const cbor::Array* list = value->AsArray();
    if (list == nullptr || list->empty()) {
      return fmt::format("0x{:02x} is {}", member, cbor::Diagnose(*value));
    }
    std::set<std::string> seen;
    for (const cbor::Value& each : *list) {
      if (!seen.insert(cbor::Diagnose(each)).second) {
        return fmt::format("0x{:02x} has {} twice", member, cbor::Diagnose(each));
      }
    }
    return std::nullopt;
  };
}

/// One thing in getInfo calls for another.
Rule Implies(std::string if_it_has, std::string then_it_needs) {
  return [if_ = std::move(if_it_has), then = std::move(then_it_needs)](const Info& info) {
    if (info.Lacks(if_)) return std::optional<std::string>();
    return Unless(!info.Lacks(then), fmt::format("getInfo has \"{}\" but not \"{}\"", if_, then));
  };
}

std::optional<std::string> KnownMembers(const Info& info) {
  for (const auto& [key, value] : *info.Members().AsMap()) {
    const auto number = key.AsInt();
    if (!number || *number < 1 || *number > 0x1F) {
      return "member " + cbor::Diagnose(key) + " is not defined";
    }
  }
  return std::nullopt;
}

std::optional<std::string> KnownOptions(const Info& info) {
  static const std::set<std::string, std::less<>> known = {"ep",
                                                           "rk",
                                                           "up",
                                                           "uv",
                                                           "plat",
                                                           "uvAcfg",
                                                           "alwaysUv",
                                                           "credMgmt",
                                                           "authnrCfg",
                                                           "bioEnroll",
                                                           "clientPin",
                                                           "largeBlobs",
                                                           "uvBioEnroll",
                                                           "perCredMgmtRO",
                                                           "pinUvAuthToken",
                                                           "setMinPINLength",
                                                           "makeCredUvNotRqd",
                                                           "credentialMgmtPreview",
                                                           "userVerificationMgmtPreview",
                                                           "noMcGaPermissionsWithClientPin"};
  const cbor::Map* options = info.Member(4) == nullptr ? nullptr : info.Member(4)->AsMap();
  if (options == nullptr) return std::nullopt;
  for (const auto& [key, value] : *options) {
    const std::string* name = key.AsText();
    if (name == nullptr || !known.contains(*name)) return cbor::Diagnose(key) + " is no option";
    if (value.AsBool() == nullptr) return *name + " is no boolean";
  }
  return std::nullopt;
}

std::optional<std::string> KnownVersions(const Info& info) {
  static const std::set<std::string, std::less<>> known = {"U2F_V2", "FIDO_2_0", "FIDO_2_1_PRE",
                                                           "FIDO_2_1", "FIDO_2_3"};
  const cbor::Array* list = info.Member(1) == nullptr ? nullptr : info.Member(1)->AsArray();
  if (list == nullptr || list->empty()) return "versions (0x01) is missing or empty";
  for (const cbor::Value& each : *list) {
    const std::string* name = each.AsText();
    if (name == nullptr || !known.contains(*name)) return cbor::Diagnose(each) + " is no version";
  }
  return std::nullopt;
}

std::optional<std::string> ProperAlgorithms(const Info& info) {
  const cbor::Value* value = info.Member(0x0A);
  if (value == nullptr || value->AsArray() == nullptr) return std::nullopt;
  for (const cbor::Value& each : *value->AsArray()) {
    const cbor::Map* map = each.AsMap();
    if (map == nullptr || map->size() != 2 || !each.Find("alg") || !each.Find("type") ||
        *each.Find("type") != cbor::Value("public-key")) {
      return cbor::Diagnose(each) + " is no {alg, type}";
    }
  }
  return std::nullopt;
}

std::optional<std::string> NoFormatNone(const Info& info) {
  const cbor::Value* value = info.Member(0x16);
  if (value == nullptr || value->AsArray() == nullptr) return std::nullopt;
  const auto& list = *value->AsArray();
  return Unless(std::ranges::find(list, cbor::Value("none")) == list.end(), "it lists \"none\"");
}

std::optional<std::string> ProperPinLengths(const Info& info) {
  const auto shortest = info.Number(0x0D).value_or(4);
  const auto longest = info.Number(0x1D).value_or(63);
  return Unless(shortest >= 4 && longest >= 8 && longest <= 63 && shortest <= longest,
                fmt::format("minPINLength {} and maxPINLength {}", shortest, longest));
}

std::optional<std::string> EncryptedIdentifiers(const Info& info) {
  for (const int member : {0x19, 0x1E}) {
    const cbor::Value* value = info.Member(member);
    if (value == nullptr) continue;
    if (value->AsBytes() == nullptr || value->AsBytes()->size() != 32) {
      return fmt::format("0x{:02x} has not 32 bytes", member);
    }
  }
  return std::nullopt;
}

std::optional<std::string> NoUvWhenPinOnly(const Info& info) {
  if (info.Option("bioEnroll") || !info.Option("uv")) return std::nullopt;
  return Unless(info.Is("uv") || info.Member(0x12) != nullptr,
                "uv is there (false) although nothing could set it up");
}

std::optional<std::string> AlwaysUvRules(const Info& info) {
  if (!info.Is("alwaysUv")) return std::nullopt;
  if (info.Is("makeCredUvNotRqd")) return "makeCredUvNotRqd is true under alwaysUv";
  return Unless(!info.HasVersion("U2F_V2") || info.Is("uv"),
                "U2F_V2 is listed under alwaysUv without built-in user verification");
}

std::optional<std::string> VersionRules(const Info& info) {
  if (!info.HasVersion("FIDO_2_3")) return std::nullopt;
  for (const char* need : {"ext hmac-secret", "member 6"}) {
    if (auto lacks = info.Lacks(need)) return lacks;
  }
  if (info.Is("rk")) {
    if (auto lacks = info.Lacks("is credMgmt")) return lacks;
    if (auto lacks = info.Lacks("ext credProtect")) return lacks;
  }
  return std::nullopt;
}

std::vector<Invariant> Invariants() {
  std::vector<Invariant> rows = {
      {"versions", kMembers, "versions holds defined names, never FIDO_2_2", KnownVersions},
      {"members", kMembers, "no member is unknown", KnownMembers},
      {"options", kOptions, "options holds booleans under defined names", KnownOptions},
      {"aaguid", kMembers, "aaguid has 16 bytes",
       [](const Info& info) {
         const cbor::Value* value = info.Member(3);
         return Unless(value && value->AsBytes() && value->AsBytes()->size() == 16,
                       "aaguid (0x03) is no byte string of 16");
       }},
      {"algorithms", kMembers, "each algorithm is a map of alg and type", ProperAlgorithms},
      {"max_msg_size", kMembers, "maxMsgSize is 1024 at least", AtLeast(5, 1024)},
      {"max_credential_count", kMembers, "maxCredentialCountInList is not 0", AtLeast(7, 1)},
      {"max_credential_id", kMembers, "maxCredentialIdLength is not 0", AtLeast(8, 1)},
      {"max_large_blob_array", kMembers, "maxSerializedLargeBlobArray is 1024 at least",
       AtLeast(0x0B, 1024)},
      {"min_pin_length", kMembers, "PIN lengths are within 4 and 63", ProperPinLengths},
      {"firmware_version", kMembers, "firmwareVersion is not 0", AtLeast(0x0E, 1)},
      {"max_cred_blob", kMembers, "maxCredBlobLength is 32 at least", AtLeast(0x0F, 32)},
      {"max_rp_ids", kMembers, "maxRPIDsForSetMinPINLength is a number", AtLeast(0x10, 0)},
      {"platform_uv_attempts", kMembers, "preferredPlatformUvAttempts is not 0", AtLeast(0x11, 1)},
      {"uv_modality", kMembers, "uvModality is not 0", AtLeast(0x12, 1)},
      {"remaining_credentials", kMembers, "remainingDiscoverableCredentials is a number",
       AtLeast(0x14, 0)},
      {"attestation_formats_none", kMembers, "attestationFormats never holds none", NoFormatNone},
      {"encrypted_identifiers", kMembers, "encrypted identifiers have 32 bytes",
       EncryptedIdentifiers},
      {"uv_absent", kOptions, "uv is absent on a key that could not have it", NoUvWhenPinOnly},
      {"always_uv", "CTAP 2.3 §7.2.4", "alwaysUv excludes makeCredUvNotRqd and U2F", AlwaysUvRules},
      {"fido_2_3", kFeatures, "FIDO_2_3 is claimed with all that it obliges to", VersionRules},
      {"2_1_protocol_2", kFeatures, "a 2.1 key with a PIN speaks protocol 2",
       [](const Info& info) {
         if (!info.IsAtLeast21() || !info.Option("clientPin")) return std::optional<std::string>();
         return Unless(info.HasProtocol(2), "pinUvAuthProtocols lacks 2");
       }},
  };
  const struct {
    const char* id;
    int member;
  } lists[] = {{"versions", 1},           {"extensions", 2},  {"protocols", 6},
               {"transports", 9},         {"algorithms", 10}, {"attestation_formats", 0x16},
               {"reset_transports", 0x1A}};
  for (const auto& [id, member] : lists) {
    rows.push_back({fmt::format("list_{}", id), kMembers,
                    "the list, where it is there, is not empty and names nothing twice",
                    ProperList(member)});
  }
  const std::pair<const char*, const char*> implications[] = {
      {"member 13", "clientPin"},
      {"member 12", "clientPin"},
      {"member 29", "clientPin"},
      {"member 27", "clientPin"},
      {"is noMcGaPermissionsWithClientPin", "clientPin"},
      {"is setMinPINLength", "clientPin"},
      {"is setMinPINLength", "is authnrCfg"},
      {"is setMinPINLength", "member 16"},
      {"is uvAcfg", "is authnrCfg"},
      {"is uvAcfg", "uv"},
      {"is uvBioEnroll", "bioEnroll"},
      {"bioEnroll", "uv"},
      {"ep", "is authnrCfg"},
      {"config 2", "alwaysUv"},
      {"config 4", "member 24"},
      {"config 1", "ep"},
      {"member 31", "is authnrCfg"},
      {"is largeBlobs", "member 11"},
      {"ext largeBlobKey", "is largeBlobs"},
      {"ext largeBlobKey", "is rk"},
      {"ext credBlob", "member 15"},
      {"ext credBlob", "ext credProtect"},
      {"ext minPinLength", "is setMinPINLength"},
      {"ext pinComplexityPolicy", "member 27"},
      {"ext hmac-secret-mc", "ext hmac-secret"},
      {"is perCredMgmtRO", "is credMgmt"},
      {"is perCredMgmtRO", "is pinUvAuthToken"},
      {"is pinUvAuthToken", "member 6"},
  };
  for (const auto& [has, needs] : implications) {
    std::string id = fmt::format("{}_needs_{}", has, needs);
    std::ranges::replace_if(id, [](char c) { return c == ' ' || c == '-'; }, '_');
    std::ranges::transform(id, id.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    rows.push_back({std::move(id), kFeatures, fmt::format("\"{}\" comes with \"{}\"", has, needs),
                    Implies(has, needs)});
  }
  return rows;
}

Outcome AnswersUntouched(Client& client) {
  const Reply reply = TRY(client.Send(kGetInfo));
  return CheckReply(reply, {kOk}, false, "getInfo");
}

Outcome RenewsItsIvs(Client& client) {
  const Info first = client.KeyInfo();
  TRY(client.ReadInfo());
  return Check(*first.Member(0x19) != *client.KeyInfo().Member(0x19),
               "encIdentifier is the same twice");
}

Outcome RefusesUnknownCommand(Client& client, std::uint8_t command) {
  const Reply reply = TRY(client.SendBytes(Bytes{command}));
  TRY(CheckReply(reply, {kInvalidCommand}, false, fmt::format("command 0x{:02x}", command)));
  return AnswersUntouched(client);
}

}  // namespace

std::vector<Case> GetInfoCases() {
  std::vector<Case> cases;
  for (Invariant& row : Invariants()) {
    cases.push_back({"info_" + row.id, row.clause, std::move(row.shows),
                     [rule = std::move(row.rule)](Client& client) -> Outcome {
                       const auto wrong = rule(client.KeyInfo());
                       if (!wrong) return {};
                       return Failed("getInfo: " + *wrong);
                     }});
  }
  cases.push_back(
      {"info_untouched", kMembers, "getInfo asks nobody", AnswersUntouched, Start::kAny, {"hid"}});
  cases.push_back({"info_fresh_iv",
                   "CTAP 2.3 §6.4 member 0x19",
                   "encIdentifier is encrypted anew each time",
                   RenewsItsIvs,
                   Start::kAny,
                   {"member 25"}});
  cases.push_back({"info_while_latched",
                   kMembers,
                   "getInfo works with a PIN set",
                   AnswersUntouched,
                   Start::kPin,
                   {"clientPin"}});
  for (const int number : {0x00, 0x03, 0x05, 0x3F, 0xC0, 0xFF}) {
    const auto command = static_cast<std::uint8_t>(number);
    cases.push_back({fmt::format("command_{:02x}", command), "CTAP 2.3 §8.1",
                     "an unknown command is INVALID_COMMAND",
                     [command](Client& client) { return RefusesUnknownCommand(client, command); }});
  }
  return cases;
}

}  // namespace keyrig::conformance
