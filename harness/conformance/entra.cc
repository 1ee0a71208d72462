#include "harness/conformance/entra.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "harness/base/certificate.h"

namespace keyrig::conformance {
namespace {

constexpr const char* kAaguidExtension = "1.3.6.1.4.1.45724.1.1.4";

EntraPoint Version(const Info& info) {
  const bool met = info.HasVersion("FIDO_2_0") || info.IsAtLeast21();
  return {"FIDO2 (CTAP 2.0 or later)", met,
          met ? "getInfo lists such a version" : "getInfo lists no version of CTAP 2"};
}

EntraPoint ResidentKeys(const Info& info) {
  const bool met = info.Is("rk");
  return {"discoverable credentials", met,
          met ? "option rk is true" : "option rk is not true: the key keeps no credentials"};
}

EntraPoint UserVerification(const Info& info) {
  const bool pin = info.Option("clientPin").has_value();
  const bool met = pin || info.Option("uv").has_value();
  if (!met) return {"user verification", false, "the key has neither a PIN nor a sensor"};
  std::string how = pin ? "by PIN" : "by its sensor";
  if (pin && info.Option("uv")) how = "by PIN and by its sensor";
  if (!info.IsProtected()) how += ", not set up yet";
  return {"user verification", true, std::move(how)};
}

EntraPoint HmacSecret(const Info& info) {
  const bool met = info.HasExtension("hmac-secret") || info.HasExtension("prf");
  return {"hmac-secret", met,
          met ? "getInfo lists the extension" : "getInfo does not list hmac-secret"};
}

EntraPoint SeveralAccounts(const Info& info) {
  constexpr const char* kName = "several accounts of one relying party";
  if (!info.Is("rk")) return {kName, false, "the key keeps no credentials"};
  const auto room = info.Number(0x14);
  if (!room) return {kName, true, "CTAP keeps one credential for each user"};
  if (*room < 2) {
    return {kName, false, fmt::format("there is room for {} more credentials", *room)};
  }
  return {kName, true, fmt::format("there is room for {} more credentials", *room)};
}

EntraPoint Algorithms(const Info& info) {
  const bool met = info.HasAlgorithm(-7) || info.HasAlgorithm(-257);
  return {"ES256 or RS256", met,
          met ? "getInfo offers it" : "getInfo offers neither of the two that Entra asks for"};
}

EntraPoint ModelOf(const Info& info) {
  const Bytes* aaguid = At(info.Members(), 3).AsBytes();
  const bool met = aaguid != nullptr && std::ranges::any_of(*aaguid, [](auto b) { return b != 0; });
  return {"an AAGUID of its model", met,
          met ? "it is not zero" : "it is zero: no model can be allowed by it"};
}

/// WebAuthn L3 §8.2 and §8.2.1, where attestation is enforced.
EntraPoint AttestationOf(const OrStop<Made>& made) {
  const auto point = [](bool met, std::string reason) {
    return EntraPoint{"packed attestation with a certificate", met, std::move(reason)};
  };
  if (!made) return point(false, "not seen, for no credential was made: " + made.error().message);
  const std::string format = *At(made->answer, 1).AsText();
  const cbor::Value& statement = At(made->answer, 3);
  if (format != "packed") {
    return point(false, "the format is \"" + format +
                            "\"; where attestation is enforced only "
                            "packed is taken");
  }
  const cbor::Array* chain = At(statement, "x5c").AsArray();
  if (chain == nullptr || chain->empty() || chain->front().AsBytes() == nullptr) {
    return point(false, "it attests itself: nothing chains to a root of the FIDO metadata service");
  }
  const auto leaf = crypto::Certificate::FromDer(*chain->front().AsBytes());
  const Bytes* signature = At(statement, "sig").AsBytes();
  const auto algorithm = At(statement, "alg").AsInt();
  if (!leaf || signature == nullptr || !algorithm) return point(false, "the statement is damaged");
  if (!leaf->Key().Verify(static_cast<CoseAlgorithm>(*algorithm),
                          Concat({made->data.raw, ClientDataHash()}), *signature)) {
    return point(false, "its signature does not verify");
  }
  const auto extension = leaf->Extension(kAaguidExtension);
  if (extension && extension->value != Concat({Bytes{0x04, 0x10}, made->data.aaguid})) {
    return point(false, "the certificate is for another AAGUID");
  }
  return point(true,
               "it verifies; whether its root is in the FIDO metadata service is not seen here");
}

}  // namespace

std::vector<EntraPoint> CheckForEntra(const Info& info, const OrStop<Made>& made) {
  return {Version(info),         ResidentKeys(info), UserVerification(info), HmacSecret(info),
          SeveralAccounts(info), Algorithms(info),   ModelOf(info),          AttestationOf(made)};
}

std::optional<std::string> ModelName(const Bytes& aaguid) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 21> kModels = {{
      {"2fc0579f811347eab116bb5a8db9202a", "YubiKey 5 Series with NFC"},
      {"fa2b99dc9e3942578f924a30d23c4118", "YubiKey 5 Series with NFC"},
      {"a25342c03cdc44148e46f4807fca511c", "YubiKey 5 Series with NFC"},
      {"d7781e5de35346aaafe23ca49f13332a", "YubiKey 5 Series with NFC"},
      {"cb69481e8ff7403993ec0a2729a154a8", "YubiKey 5 Series"},
      {"ee882879721c491397753dfcce97072a", "YubiKey 5 Series"},
      {"19083c3d83834b18bc038f1c9ab2fd1b", "YubiKey 5 Series"},
      {"c5ef55ffad9a4b9fb580adebafe026d0", "YubiKey 5 Series with Lightning"},
      {"73bb0cd4e50249b89c6fb59445bf720b", "YubiKey 5 FIPS Series"},
      {"662ef48a95e24aaaa6c15b9c40375824", "YubiKey 5 NFC, Enhanced PIN"},
      {"d8522d9f575b486688a9ba99fa02f35b", "YubiKey Bio Series, FIDO Edition"},
      {"b92c3f9ac0144056887f140a2501163b", "Security Key by Yubico"},
      {"6d44ba9bf6ec2e49b9300c8fe920cb73", "Security Key by Yubico with NFC"},
      {"a4e9fc6d4cbe4758b8ba37598bb5bbaa", "Security Key NFC by Yubico"},
      {"833b721aff5f4d00bb2ebdda3ec01e29", "Feitian ePass FIDO2"},
      {"77010bd7212a4fc9b236d2ca5e9d4084", "Feitian BioPass FIDO2"},
      {"42b4fb4a286643b29bf76c6669c2e5d3", "Google Titan v2"},
      {"7e3f3d3035574442bdae139312178b39", "RSA DS100"},
      {"2cd2f727f6ca44da8f485c2e5da000a2", "Nitrokey 3 AM"},
      {"eabb46cce24180bfae9e96fa6d2975cf", "TOKEN2 PIN Plus"},
      {"6b657972696740008000000000000001", "keyrig virtual key"},
  }};
  const std::string hex = ToHex(aaguid);
  for (const auto& [id, name] : kModels) {
    if (id == hex) return std::string(name);
  }
  return std::nullopt;
}

}  // namespace keyrig::conformance
