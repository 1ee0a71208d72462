// Which algorithm a credential gets, that it signs, and who vouches for it (CTAP 2.3 §6.1.2 steps 3
// and 20, §6.1.3, WebAuthn L3 §8.2).
#include <fmt/format.h>

#include "harness/base/certificate.h"
#include "harness/conformance/case.h"
#include "harness/conformance/credentials.h"

namespace keyrig::conformance {
namespace {

cbor::Map Offering(const Client& client, std::initializer_list<int> numbers) {
  cbor::Array list;
  for (const int number : numbers) list.emplace_back(Algorithm(number));
  return With(Registration(client), 4, std::move(list));
}

Outcome GetsAlgorithm(Client& client, const cbor::Map& registration, int expected) {
  const Made made = TRY(Register(client, registration));
  const auto got = At(made.data.key, 3).AsInt();
  return Check(got == expected, fmt::format("the credential's alg is {}, not {}",
                                            cbor::Diagnose(At(made.data.key, 3)), expected));
}

/// A key of this algorithm is made and signs.
Outcome Signs(Client& client, int number) {
  const Made made = TRY(Register(client, Offering(client, {number})));
  TRY(Check(At(made.data.key, 3).AsInt() == number, "the COSE key names another algorithm"));
  const cbor::Map assertion = TRY(AssertionByPin(client, Allowing(Assertion(), {made.Id()})));
  return VerifySignature(made, TRY(Assert(client, assertion)));
}

Outcome PrefersTheFirst(Client& client, int first, int second) {
  return GetsAlgorithm(client, Offering(client, {first, second}), first);
}

Outcome SkipsWhatItLacks(Client& client) {
  const int own = client.KeyInfo().Algorithms().front();
  TRY(GetsAlgorithm(client, Offering(client, {-65000, own}), own));
  const cbor::Map foreign{{"alg", -7}, {"type", "private-key"}};
  return GetsAlgorithm(client, With(Registration(client), 4, cbor::Array{foreign, Algorithm(own)}),
                       own);
}

OrStop<crypto::Certificate> Leaf(const cbor::Value& chain) {
  const cbor::Array* list = chain.AsArray();
  if (list == nullptr || list->empty() || list->front().AsBytes() == nullptr) {
    return Failed("x5c is no list of certificates: " + cbor::Diagnose(chain));
  }
  return FromBench(crypto::Certificate::FromDer(*list->front().AsBytes()));
}

Outcome SignsItsAttestation(Client& client) {
  const Made made = TRY(Register(client));
  const std::string* format = At(made.answer, 1).AsText();
  const cbor::Value& statement = At(made.answer, 3);
  if (*format != "packed") return NotApplicable("the key attests \"" + *format + "\"");
  const Bytes* signature = At(statement, "sig").AsBytes();
  const auto algorithm = At(statement, "alg").AsInt();
  if (signature == nullptr || !algorithm) return Failed("attStmt lacks alg or sig");
  if (At(statement, "x5c").IsNull()) {
    TRY(Check(At(made.data.key, 3).AsInt() == algorithm,
              "self attestation has another alg than the credential"));
    return VerifyWith(made.data.key, made.data, ClientDataHash(), *signature);
  }
  const auto leaf = TRY(Leaf(At(statement, "x5c")));
  return Check(leaf.Key().Verify(static_cast<CoseAlgorithm>(*algorithm),
                                 Concat({made.data.raw, ClientDataHash()}), *signature),
               "attStmt.sig does not verify with the key of x5c[0]");
}

Outcome HasAProperCertificate(Client& client) {
  const Made made = TRY(Register(client));
  const cbor::Value& chain = At(At(made.answer, 3), "x5c");
  if (*At(made.answer, 1).AsText() != "packed" || chain.IsNull()) {
    return NotApplicable("the key does not attest by a certificate in packed form");
  }
  const auto leaf = TRY(Leaf(chain));
  const auto subject = leaf.Subject();
  TRY(Check(leaf.Version() == 3, "the certificate's version is not 3"));
  TRY(Check(subject.country.size() == 2, "Subject-C is no country of two letters"));
  TRY(Check(!subject.organization.empty(), "Subject-O is missing"));
  TRY(Check(subject.organizational_unit == "Authenticator Attestation",
            "Subject-OU is not \"Authenticator Attestation\""));
  TRY(Check(!subject.common_name.empty(), "Subject-CN is missing"));
  TRY(Check(leaf.IsCa() == false, "basicConstraints does not say CA:false"));
  const auto extension = leaf.Extension("1.3.6.1.4.1.45724.1.1.4");
  if (!extension) return {};  // optional where the root serves one model alone
  TRY(Check(!extension->critical, "the AAGUID extension is critical"));
  const Bytes wanted = Concat({Bytes{0x04, 0x10}, made.data.aaguid});
  return Check(extension->value == wanted, "the certificate is for another AAGUID");
}

}  // namespace

std::vector<Case> AlgorithmCases() {
  std::vector<Case> cases = {
      {"alg_es256_before_eddsa",
       "CTAP 2.3 §6.1.2 step 3",
       "the first supported algorithm wins",
       [](Client& client) { return PrefersTheFirst(client, -7, -8); },
       Start::kAny,
       {"alg -7", "alg -8"}},
      {"alg_eddsa_before_es256",
       "CTAP 2.3 §6.1.2 step 3",
       "the first supported algorithm wins, not the key's favourite",
       [](Client& client) { return PrefersTheFirst(client, -8, -7); },
       Start::kAny,
       {"alg -7", "alg -8"}},
      {"alg_rs256_before_es256",
       "CTAP 2.3 §6.1.2 step 3",
       "the first supported algorithm wins, slow as it may be",
       [](Client& client) { return PrefersTheFirst(client, -257, -7); },
       Start::kAny,
       {"alg -7", "alg -257"}},
      {"alg_skips_unknown", "CTAP 2.3 §6.1.2 step 3",
       "unknown algorithms and types before a known one are skipped", SkipsWhatItLacks},
      {"attestation_signature", "CTAP 2.3 §6.1.2 step 20 and WebAuthn L3 §8.2",
       "packed attestation is signed over authData and clientDataHash", SignsItsAttestation},
      {"attestation_certificate", "WebAuthn L3 §8.2.1",
       "the attestation certificate keeps the rules for one", HasAProperCertificate},
  };
  for (const CoseAlgorithm algorithm : kCoseAlgorithms) {
    const int number = static_cast<int>(algorithm);
    Case each;
    each.id = fmt::format("alg_{}_signs", -number);
    each.clause = "CTAP 2.3 §6.1.2 steps 16 and 20, IANA COSE algorithms";
    each.shows = fmt::format("{} ({}) makes keys whose signatures verify", Name(algorithm), number);
    each.play = [number](Client& client) { return Signs(client, number); };
    each.needs = {fmt::format("alg {}", number)};
    cases.push_back(std::move(each));
  }
  return cases;
}

}  // namespace keyrig::conformance
