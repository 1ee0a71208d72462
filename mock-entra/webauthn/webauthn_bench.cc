// How much of the bare verifying rate is left when a whole assertion is verified (§7.2).
#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <chrono>
#include <cstdlib>

#include "mock-entra/webauthn/test_authenticator.h"

namespace keyrig::webauthn {
namespace {

using SteadyClock = std::chrono::steady_clock;

bool BareVerify(EVP_PKEY* key, const char* digest, ByteView data, ByteView signature) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool verified =
      EVP_DigestVerifyInit_ex(context, nullptr, digest, nullptr, nullptr, key, nullptr) == 1 &&
      EVP_DigestVerify(context, signature.data(), signature.size(), data.data(), data.size()) == 1;
  EVP_MD_CTX_free(context);
  return verified;
}

/// Each iteration verifies one assertion, then its signature alone with OpenSSL. The time is the
/// assertion's; `of_bare_rate` is bare time over assertion time (1: nothing but the signature).
void VerifyAssertion(benchmark::State& state, CoseAlgorithm algorithm, const char* digest) {
  TestAuthenticator authenticator(algorithm);
  const auto record =
      VerifyRegistration(authenticator.ExpectedRegistration(), authenticator.Register()).value();
  authenticator.say.sign_count = 2;
  const auto expected = authenticator.ExpectedAssertion();
  const auto response = authenticator.Assert();
  const Bytes signed_bytes =
      Concat({response.authenticator_data, crypto::Sha256(response.client_data_json)});
  SteadyClock::duration whole{0}, bare{0};
  for (auto _ : state) {
    const auto start = SteadyClock::now();
    const bool verified = webauthn::VerifyAssertion(expected, record, response).has_value();
    const auto between = SteadyClock::now();
    const bool bare_verified =
        BareVerify(record.public_key.Handle(), digest, signed_bytes, response.signature);
    const auto end = SteadyClock::now();
    if (!verified || !bare_verified) std::abort();
    whole += between - start;
    bare += end - between;
    state.SetIterationTime(std::chrono::duration<double>(between - start).count());
  }
  state.counters["of_bare_rate"] =
      std::chrono::duration<double>(bare) / std::chrono::duration<double>(whole);
}

BENCHMARK_CAPTURE(VerifyAssertion, ES256, CoseAlgorithm::kEs256, "SHA256")->UseManualTime();
BENCHMARK_CAPTURE(VerifyAssertion, EdDSA, CoseAlgorithm::kEdDsa, nullptr)->UseManualTime();
BENCHMARK_CAPTURE(VerifyAssertion, RS256, CoseAlgorithm::kRs256, "SHA256")->UseManualTime();

}  // namespace
}  // namespace keyrig::webauthn
