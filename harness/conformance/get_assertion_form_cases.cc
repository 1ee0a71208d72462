// getAssertion requests that lack something or hold the wrong type (CTAP 2.3 §6.2.1, §6.2.2).
#include "harness/conformance/altered.h"
#include "harness/conformance/credentials.h"

namespace keyrig::conformance {
namespace {

constexpr const char* kGaRequest = "CTAP 2.3 §6.2.1 and §8";
constexpr const char* kGaOptions = "CTAP 2.3 §6.2.2 step 4";
constexpr const char* kGaVerify = "CTAP 2.3 §6.2.2 step 6";
const Statuses kAnyGaFormError = {kUnexpectedType, kInvalidCbor, kMissingParameter,
                                  kInvalidParameter, kInvalidLength};
const Statuses kGaTypeError = {kUnexpectedType, kInvalidCbor};

std::vector<AlteredRequest> GaRows() {
  return {
      {"without_rp_id", kGaRequest, "rpId (0x01) is required", Drop(1), {kMissingParameter}},
      {"without_hash",
       kGaRequest,
       "clientDataHash (0x02) is required",
       Drop(2),
       {kMissingParameter}},
      {"rp_id_is_bytes", kGaRequest, "rpId is a text", Put(1, Bytes{1}), {kUnexpectedType}},
      {"hash_is_text",
       kGaRequest,
       "clientDataHash is a byte string",
       Put(2, "hash"),
       {kUnexpectedType}},
      {"hash_is_short",
       kGaRequest,
       "clientDataHash has 32 bytes",
       Put(2, Bytes(31, 1)),
       {kInvalidLength, kInvalidParameter}},
      {"allow_is_map", kGaRequest, "allowList is an array", Put(3, cbor::Map{}), {kUnexpectedType}},
      {"extensions_is_array",
       kGaRequest,
       "extensions is a map",
       Put(4, cbor::Array{}),
       {kUnexpectedType}},
      {"options_is_array",
       kGaRequest,
       "options is a map",
       Put(5, cbor::Array{}),
       {kUnexpectedType}},
      {"param_is_text",
       kGaRequest,
       "pinUvAuthParam is a byte string",
       Put(6, "x"),
       {kUnexpectedType}},
      {"protocol_is_text",
       kGaRequest,
       "pinUvAuthProtocol is an unsigned integer",
       Put(7, "2"),
       {kUnexpectedType}},
      {"allow_entry_is_text", kGaRequest, "each of allowList is a map", Put(3, cbor::Array{"id"}),
       kAnyGaFormError},
      {"allow_entry_without_id", kGaRequest, "each of allowList has an id",
       Put(3, cbor::Array{cbor::Map{{"type", "public-key"}}}), kAnyGaFormError},
      {"allow_entry_without_type", kGaRequest, "each of allowList has a type",
       Put(3, cbor::Array{cbor::Map{{"id", Bytes{1}}}}), kAnyGaFormError},
      {"allow_entry_id_is_text", kGaRequest, "the id of a descriptor is a byte string",
       Put(3, cbor::Array{cbor::Map{{"id", "x"}, {"type", "public-key"}}}), kAnyGaFormError},
      {"option_up_is_number", kGaOptions, "option up is a boolean", PutIn(5, "up", 1),
       kGaTypeError},
      {"option_uv_is_text", kGaOptions, "option uv is a boolean", PutIn(5, "uv", "true"),
       kGaTypeError},
      {"option_rk_true",
       kGaOptions,
       "option rk has no place here",
       PutIn(5, "rk", true),
       {kUnsupportedOption},
       {"2.1"}},
      {"option_rk_false",
       kGaOptions,
       "option rk has no place here, not even false",
       PutIn(5, "rk", false),
       {kUnsupportedOption},
       {"2.1"}},
      {"uv_true_without_sensor",
       kGaOptions,
       "option uv=true needs built-in user verification",
       [](cbor::Map map) {
         map = Without(Without(std::move(map), 6), 7);
         return WithOption(std::move(map), 5, "uv", true);
       },
       {kInvalidOption},
       {"2.1", "no is uv"}},
      {"unknown_credential",
       "CTAP 2.3 §6.2.2 step 7",
       "a credential of another key is not found",
       Put(3, cbor::Array{Descriptor(Bytes(32, 5))}),
       {kNoCredentials}},
      {"truncated_credential_id",
       "CTAP 2.3 §6.2.2 step 7",
       "part of a credential ID is not enough",
       [](const cbor::Map& map) {
         const cbor::Value& list = At(map, 3);
         Bytes id = *At(list.AsArray()->front(), "id").AsBytes();
         id.pop_back();
         return With(map, 3, cbor::Array{Descriptor(id)});
       },
       {kNoCredentials}},
      {"altered_credential_id",
       "CTAP 2.3 §6.2.2 step 7",
       "an altered credential ID is not found",
       [](const cbor::Map& map) {
         const cbor::Value& list = At(map, 3);
         Bytes id = *At(list.AsArray()->front(), "id").AsBytes();
         id.back() ^= 1;
         return With(map, 3, cbor::Array{Descriptor(id)});
       },
       {kNoCredentials}},
      {"only_foreign_type",
       "CTAP 2.3 §6.2.2 step 7",
       "a descriptor of another type never matches",
       [](const cbor::Map& map) {
         const cbor::Value& list = At(map, 3);
         const cbor::Value id = At(list.AsArray()->front(), "id");
         return With(map, 3, cbor::Array{cbor::Map{{"id", id}, {"type", "private-key"}}});
       },
       {kNoCredentials}},
  };
}

std::vector<AlteredRequest> GaAuthorizedRows() {
  return {
      {"param_without_protocol",
       "CTAP 2.3 §6.2.2 step 2",
       "pinUvAuthParam needs pinUvAuthProtocol",
       Drop(7),
       {kMissingParameter}},
      {"unknown_protocol",
       "CTAP 2.3 §6.2.2 step 2",
       "an unknown pinUvAuthProtocol is refused",
       Put(7, 9),
       {kInvalidParameter},
       {"2.1"}},
      {"wrong_param",
       kGaVerify,
       "a wrong pinUvAuthParam is refused",
       Put(6, Bytes(32, 7)),
       {kPinAuthInvalid}},
      {"short_param",
       kGaVerify,
       "a pinUvAuthParam of another length is refused",
       Put(6, Bytes(8, 7)),
       {kPinAuthInvalid}},
      {"param_of_other_hash",
       kGaVerify,
       "pinUvAuthParam is of this clientDataHash",
       Put(2, Bytes(32, 9)),
       {kPinAuthInvalid}},
      {"token_of_other_rp",
       kGaVerify,
       "a token is good for its relying party alone",
       Put(1, kOtherRp),
       {kPinAuthInvalid},
       {"is pinUvAuthToken"}},
  };
}

}  // namespace

std::vector<Case> GetAssertionFormCases() {
  const GoodTwin twin{"ga", kGetAssertion, [](Client& client) -> OrStop<cbor::Map> {
                        const Made made = TRY(Register(client));
                        return AssertionByPin(client, Allowing(Assertion(), {made.Id()}));
                      }};
  std::vector<Case> cases = Refusals(twin, GaRows());
  GoodTwin authorized = twin;
  authorized.start = Start::kPin;
  authorized.needs = {"clientPin"};
  AppendTo(cases, Refusals(authorized, GaAuthorizedRows()));
  return cases;
}

}  // namespace keyrig::conformance
