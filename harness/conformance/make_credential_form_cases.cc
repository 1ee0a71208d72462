// makeCredential requests that lack something or hold the wrong type (CTAP 2.3 §6.1.1, §6.1.2).
#include "harness/conformance/altered.h"
#include "harness/conformance/credentials.h"

namespace keyrig::conformance {
namespace {

constexpr const char* kRequest = "CTAP 2.3 §6.1.1 and §8";
constexpr const char* kStep3 = "CTAP 2.3 §6.1.2 step 3";
const Statuses kAnyFormError = {kUnexpectedType, kInvalidCbor, kMissingParameter, kInvalidParameter,
                                kInvalidLength};
// Of a member of a nested map the specification names no single status.
const Statuses kTypeError = {kUnexpectedType, kInvalidCbor};

cbor::Map Foreign(int algorithm, cbor::Value type) {
  return {{"alg", algorithm}, {"type", std::move(type)}};
}

Change Algorithms(cbor::Array list) { return Put(4, std::move(list)); }

std::vector<AlteredRequest> Rows() {
  const cbor::Map good = Algorithm(-7);
  return {
      {"without_hash", kRequest, "clientDataHash (0x01) is required", Drop(1), {kMissingParameter}},
      {"without_rp", kRequest, "rp (0x02) is required", Drop(2), {kMissingParameter}},
      {"without_user", kRequest, "user (0x03) is required", Drop(3), {kMissingParameter}},
      {"without_algorithms",
       kRequest,
       "pubKeyCredParams (0x04) is required",
       Drop(4),
       {kMissingParameter}},
      {"hash_is_text",
       kRequest,
       "clientDataHash is a byte string",
       Put(1, "hash"),
       {kUnexpectedType}},
      {"hash_is_short",
       kRequest,
       "clientDataHash has 32 bytes",
       Put(1, Bytes(31, 1)),
       {kInvalidLength, kInvalidParameter}},
      {"rp_is_text", kRequest, "rp is a map", Put(2, kRp), {kUnexpectedType}},
      {"user_is_array", kRequest, "user is a map", Put(3, cbor::Array{}), {kUnexpectedType}},
      {"algorithms_is_map",
       kRequest,
       "pubKeyCredParams is an array",
       Put(4, cbor::Map{}),
       {kUnexpectedType}},
      {"exclude_is_map",
       kRequest,
       "excludeList is an array",
       Put(5, cbor::Map{}),
       {kUnexpectedType}},
      {"extensions_is_array",
       kRequest,
       "extensions is a map",
       Put(6, cbor::Array{}),
       {kUnexpectedType}},
      {"options_is_array", kRequest, "options is a map", Put(7, cbor::Array{}), {kUnexpectedType}},
      {"param_is_text",
       kRequest,
       "pinUvAuthParam is a byte string",
       Put(8, "x"),
       {kUnexpectedType}},
      {"protocol_is_text",
       kRequest,
       "pinUvAuthProtocol is an unsigned integer",
       Put(9, "2"),
       {kUnexpectedType}},
      {"rp_without_id", kRequest, "rp has an id", DropIn(2, "id"), kAnyFormError},
      {"rp_id_is_bytes", kRequest, "rp.id is a text", PutIn(2, "id", Bytes{1}), kTypeError},
      {"rp_name_is_bytes", kRequest, "rp.name is a text", PutIn(2, "name", Bytes{1}), kTypeError},
      {"user_without_id", kRequest, "user has an id", DropIn(3, "id"), kAnyFormError},
      {"user_id_is_text", kRequest, "user.id is a byte string", PutIn(3, "id", "adele"),
       kTypeError},
      {"user_id_is_long",
       kRequest,
       "user.id has at most 64 bytes",
       PutIn(3, "id", Bytes(65, 1)),
       {kInvalidLength, kInvalidParameter}},
      {"user_name_is_bytes", kRequest, "user.name is a text", PutIn(3, "name", Bytes{1}),
       kTypeError},
      {"display_name_is_bytes", kRequest, "user.displayName is a text",
       PutIn(3, "displayName", Bytes{1}), kTypeError},
      {"option_rk_is_number", "CTAP 2.3 §6.1.2 step 5", "option rk is a boolean", PutIn(7, "rk", 1),
       kTypeError},
      {"option_up_is_number", "CTAP 2.3 §6.1.2 step 5", "option up is a boolean", PutIn(7, "up", 1),
       kTypeError},
      {"option_uv_is_text", "CTAP 2.3 §6.1.2 step 5", "option uv is a boolean",
       PutIn(7, "uv", "true"), kTypeError},
      {"entry_is_number", kStep3, "each of pubKeyCredParams is a map", Algorithms({-7}),
       kAnyFormError},
      {"entry_without_alg", kStep3, "each of pubKeyCredParams has an alg",
       Algorithms({cbor::Map{{"type", "public-key"}}}), kAnyFormError},
      {"entry_without_type", kStep3, "each of pubKeyCredParams has a type",
       Algorithms({cbor::Map{{"alg", -7}}}), kAnyFormError},
      {"entry_alg_is_text", kStep3, "alg is an integer",
       Algorithms({cbor::Map{{"alg", "-7"}, {"type", "public-key"}}}), kAnyFormError},
      {"entry_type_is_number", kStep3, "type is a text", Algorithms({Foreign(-7, 1)}),
       kAnyFormError},
      {"second_entry_without_alg",
       kStep3,
       "entries behind the chosen one are looked at too",
       Algorithms({good, cbor::Map{{"type", "public-key"}}}),
       kAnyFormError,
       {"alg -7"}},
      {"second_entry_type_is_number",
       kStep3,
       "types behind the chosen entry are looked at too",
       Algorithms({good, Foreign(-8, 7)}),
       kAnyFormError,
       {"alg -7"}},
      {"no_algorithm",
       kStep3,
       "an empty pubKeyCredParams offers no algorithm",
       Algorithms({}),
       {kUnsupportedAlgorithm}},
      {"unknown_algorithm",
       kStep3,
       "an algorithm that the key lacks is refused",
       Algorithms({Algorithm(-65000)}),
       {kUnsupportedAlgorithm}},
      {"algorithm_of_one_byte",
       kStep3,
       "the whole number of an algorithm counts",
       Algorithms({Algorithm(-7 - 256), Algorithm(-8 - 65536)}),
       {kUnsupportedAlgorithm},
       {"no alg -263"}},
      {"foreign_type",
       kStep3,
       "only the type public-key counts",
       Algorithms({Foreign(-7, "private-key")}),
       {kUnsupportedAlgorithm}},
      {"exclude_entry_is_text", kRequest, "each of excludeList is a map", Put(5, cbor::Array{"id"}),
       kAnyFormError},
      {"exclude_entry_without_id", kRequest, "each of excludeList has an id",
       Put(5, cbor::Array{cbor::Map{{"type", "public-key"}}}), kAnyFormError},
      {"exclude_entry_without_type", kRequest, "each of excludeList has a type",
       Put(5, cbor::Array{cbor::Map{{"id", Bytes{1}}}}), kAnyFormError},
      {"exclude_entry_id_is_text", kRequest, "the id of a descriptor is a byte string",
       Put(5, cbor::Array{cbor::Map{{"id", "x"}, {"type", "public-key"}}}), kAnyFormError},
      {"up_false",
       "CTAP 2.3 §6.1.2 step 5",
       "option up=false is refused",
       PutIn(7, "up", false),
       {kInvalidOption},
       {"2.1"}},
      {"uv_true_without_sensor",
       "CTAP 2.3 §6.1.2 step 5",
       "option uv=true needs built-in user verification",
       [](cbor::Map map) {
         map = Without(Without(std::move(map), 8), 9);
         return WithOption(std::move(map), 7, "uv", true);
       },
       {kInvalidOption},
       {"2.1", "no is uv"}},
      {"rk_true_unsupported",
       "CTAP 2.3 §6.1.2 step 5",
       "option rk=true needs the option rk",
       PutIn(7, "rk", true),
       {kUnsupportedOption},
       {"no is rk"}},
  };
}

std::vector<AlteredRequest> AuthorizedRows() {
  constexpr const char* kStep2 = "CTAP 2.3 §6.1.2 step 2";
  constexpr const char* kStep11 = "CTAP 2.3 §6.1.2 step 11";
  return {
      {"param_without_protocol",
       kStep2,
       "pinUvAuthParam needs pinUvAuthProtocol",
       Drop(9),
       {kMissingParameter}},
      {"unknown_protocol",
       kStep2,
       "an unknown pinUvAuthProtocol is refused",
       Put(9, 9),
       {kInvalidParameter},
       {"2.1"}},
      {"protocol_zero",
       kStep2,
       "pinUvAuthProtocol 0 is refused",
       Put(9, 0),
       {kInvalidParameter},
       {"2.1"}},
      {"wrong_param",
       kStep11,
       "a wrong pinUvAuthParam is refused",
       Put(8, Bytes(32, 7)),
       {kPinAuthInvalid}},
      {"short_param",
       kStep11,
       "a pinUvAuthParam of another length is refused",
       Put(8, Bytes(8, 7)),
       {kPinAuthInvalid}},
      {"param_of_other_hash",
       kStep11,
       "pinUvAuthParam is of this clientDataHash",
       Put(1, Bytes(32, 9)),
       {kPinAuthInvalid}},
      {"token_of_other_rp",
       kStep11,
       "a token is good for its relying party alone",
       PutIn(2, "id", kOtherRp),
       {kPinAuthInvalid},
       {"is pinUvAuthToken"}},
  };
}

}  // namespace

std::vector<Case> MakeCredentialFormCases() {
  const GoodTwin twin{"mc", kMakeCredential,
                      [](Client& client) { return ByPin(client, Registration(client)); }};
  std::vector<Case> cases = Refusals(twin, Rows());
  GoodTwin authorized = twin;
  authorized.start = Start::kPin;
  authorized.needs = {"clientPin"};
  AppendTo(cases, Refusals(authorized, AuthorizedRows()));
  return cases;
}

}  // namespace keyrig::conformance
