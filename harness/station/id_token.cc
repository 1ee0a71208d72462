#include "harness/station/id_token.h"

#include <fmt/format.h>

#include <strings.h>
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "harness/base/bytes.h"
#include "harness/base/crypto.h"

namespace keyrig::station {
namespace {

using nlohmann::json;

// Clocks of two machines differ.
constexpr auto kSkew = std::chrono::minutes(5);

struct Jwt {
  json header, claims;
  std::string signed_text;
  Bytes signature;
};

Result<json, Error> DecodedPart(std::string_view part, std::string_view name) {
  const auto bytes = FromBase64Url(part);
  json decoded = bytes ? json::parse(AsText(*bytes), nullptr, /*allow_exceptions=*/false) : json();
  if (!decoded.is_object()) {
    return Fail(fmt::format("The ID token's {} is not base64url of a JSON object.", name));
  }
  return decoded;
}

Result<Jwt, Error> ParseJwt(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = first == token.npos ? first : token.find('.', first + 1);
  if (second == token.npos) return Fail("The ID token is no JWT: it has fewer than three parts.");
  Jwt jwt;
  jwt.header = TRY(DecodedPart(token.substr(0, first), "header"));
  jwt.claims = TRY(DecodedPart(token.substr(first + 1, second - first - 1), "payload"));
  jwt.signed_text = token.substr(0, second);
  auto signature = FromBase64Url(token.substr(second + 1));
  if (!signature) return Fail("The ID token's signature is not base64url.");
  jwt.signature = *std::move(signature);
  return jwt;
}

/// The key of a JWK set (RFC 7517) that `key_id` names.
Result<crypto::PublicKey, Error> KeyNamed(std::string_view jwks, const std::string& key_id) {
  const json set = json::parse(jwks, nullptr, /*allow_exceptions=*/false);
  if (!set.is_object() || !set.value("keys", json()).is_array()) {
    return Fail("The published keys are no JSON Web Key Set.");
  }
  for (const json& key : set["keys"]) {
    if (key.value("kid", "") != key_id || key.value("kty", "") != "RSA") continue;
    crypto::RsaNumbers numbers;
    numbers.n = TRY(FromBase64Url(key.value("n", "")));
    numbers.e = TRY(FromBase64Url(key.value("e", "")));
    return crypto::PublicKey::From(numbers);
  }
  return Fail(
      fmt::format("The ID token is signed by the key \"{}\", which is not published.", key_id));
}

std::string Shown(const json& claims, const char* name) {
  return claims.contains(name) ? claims[name].dump() : "absent";
}

Error Mismatch(const json& claims, const char* name, std::string_view expected) {
  return {fmt::format("The ID token's claim {} is {}; expected {}.", name, Shown(claims, name),
                      expected)};
}

Result<void, Error> CheckText(const json& claims, const char* name, const std::string& expected) {
  if (claims.contains(name) && claims[name] == expected) return {};
  return Err(Mismatch(claims, name, json(expected).dump()));
}

Result<void, Error> CheckTimes(const json& claims, Instant now) {
  const auto time = [&](const char* name) {
    return Instant(std::chrono::seconds(claims.contains(name) && claims[name].is_number_integer()
                                            ? claims[name].get<int64_t>()
                                            : 0));
  };
  if (time("exp") <= now) {
    return Err(Mismatch(claims, "exp", "a time after " + ToRfc3339(now)));
  }
  if (time("nbf") > now + kSkew) {
    return Err(Mismatch(claims, "nbf", "no time after " + ToRfc3339(now)));
  }
  return {};
}

}  // namespace

Result<json, Error> VerifyIdToken(std::string_view token, std::string_view jwks,
                                  const IdTokenExpectation& expected) {
  const Jwt jwt = TRY(ParseJwt(token));
  if (jwt.header.value("alg", "") != "RS256") {
    return Fail(fmt::format("The ID token's alg is {}; expected RS256.", Shown(jwt.header, "alg")));
  }
  const crypto::PublicKey key = TRY(KeyNamed(jwks, jwt.header.value("kid", "")));
  if (!key.Verify(CoseAlgorithm::kRs256, ViewOf(jwt.signed_text), jwt.signature)) {
    return Fail("The ID token's signature is not that of the published key.");
  }
  TRY(CheckText(jwt.claims, "iss", expected.issuer));
  TRY(CheckText(jwt.claims, "aud", expected.audience));
  TRY(CheckText(jwt.claims, "tid", expected.tenant_id));
  TRY(CheckText(jwt.claims, "nonce", expected.nonce));
  TRY(CheckTimes(jwt.claims, expected.now));
  const json name = jwt.claims.value("preferred_username", json());
  if (!name.is_string() ||
      strcasecmp(name.get_ref<const std::string&>().c_str(), expected.user_name.c_str()) != 0) {
    return Err(Mismatch(jwt.claims, "preferred_username", json(expected.user_name).dump()));
  }
  return jwt.claims;
}

Result<void, Error> ProvedBySecurityKey(const json& claims) {
  const json amr = claims.value("amr", json::array());
  for (const char* method : {"fido", "mfa"}) {
    if (!amr.is_array() || std::ranges::find(amr, json(method)) == amr.end()) {
      return Err(Mismatch(claims, "amr", fmt::format("it to hold \"{}\"", method)));
    }
  }
  return {};
}

}  // namespace keyrig::station
