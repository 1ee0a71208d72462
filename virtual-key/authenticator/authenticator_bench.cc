// What the key costs over the bare cryptography that it cannot do without. Each benchmark times
// both in alternation, so that a busy machine slows them alike; `of_bare_rate` is the key's rate
// over OpenSSL's.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <chrono>
#include <cstdlib>

#include "harness/base/cbor.h"
#include "virtual-key/authenticator/authenticator.h"

namespace keyrig::authenticator {
namespace {

using SteadyClock = std::chrono::steady_clock;

class TouchingUser final : public UserGesture {
 public:
  GestureOutcome Await(const GesturePrompt&, std::stop_token) override {
    return GestureOutcome::kTouched;
  }
  FingerPresented AwaitFinger(const GesturePrompt&, std::stop_token) override { return {}; }
};

struct Desk {
  RealClock clock;
  Rng rng;
  TouchingUser user;
  MemoryStore store;
  NullSink events;
  Authenticator key{{}, {clock, rng, user, store, events}};

  cbor::Value Run(std::uint8_t command, const cbor::Map& parameters) {
    const Bytes reply = key.Process(Concat({ByteArray<1>{command}, cbor::Encode(parameters)}));
    if (reply[0] != 0) std::abort();
    return cbor::Decode(ByteView(reply).subspan(1)).value();
  }
};

cbor::Map Registration(int algorithm, bool discoverable) {
  return {{0x01, Bytes(32)},
          {0x02, cbor::Map{{"id", "login.microsoft.com"}}},
          {0x03, cbor::Map{{"id", Bytes(32)}, {"name", "adele"}}},
          {0x04, cbor::Array{cbor::Map{{"alg", algorithm}, {"type", "public-key"}}}},
          {0x07, cbor::Map{{"rk", discoverable}}}};
}

cbor::Map SignInWith(const Bytes& id) {
  return {{0x01, "login.microsoft.com"},
          {0x02, Bytes(32)},
          {0x03, cbor::Array{cbor::Map{{"id", id}, {"type", "public-key"}}}}};
}

Bytes IdIn(const cbor::Value& registered) {
  const ByteView auth_data = *registered.Find(0x02)->AsBytes();
  return ToBytes(auth_data.subspan(55, ReadBigEndian16(auth_data.subspan<53, 2>())));
}

EVP_PKEY* BareKey(int algorithm) {
  if (algorithm == -8) return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (algorithm == -257) return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048});
  return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
}

void BareSign(EVP_PKEY* key, int algorithm, ByteView data) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ByteArray<256> signature;
  std::size_t size = signature.size();
  if (EVP_DigestSignInit_ex(context, nullptr, algorithm == -8 ? nullptr : "SHA256", nullptr,
                            nullptr, key, nullptr) != 1 ||
      EVP_DigestSign(context, signature.data(), &size, data.data(), data.size()) != 1) {
    std::abort();
  }
  EVP_MD_CTX_free(context);
}

/// Times `ours` as the benchmark's own, and `bare` beside it.
template <typename Ours, typename Bare>
void Compare(benchmark::State& state, Ours ours, Bare bare) {
  std::chrono::duration<double> of_ours{0}, of_bare{0};
  for (auto _ : state) {
    const auto start = SteadyClock::now();
    ours();
    const auto middle = SteadyClock::now();
    bare();
    const auto end = SteadyClock::now();
    of_ours += middle - start;
    of_bare += end - middle;
    state.SetIterationTime(std::chrono::duration<double>(middle - start).count());
  }
  state.counters["of_bare_rate"] = of_bare.count() / of_ours.count();
}

void GetAssertion(benchmark::State& state) {
  const int algorithm = static_cast<int>(state.range(0));
  Desk desk;
  const Bytes id = IdIn(desk.Run(0x01, Registration(algorithm, state.range(1) != 0)));
  const Bytes message = Concat({ByteArray<1>{0x02}, cbor::Encode(SignInWith(id))});
  EVP_PKEY* bare = BareKey(algorithm);
  const Bytes signed_data(37 + 32);
  Compare(
      state, [&] { benchmark::DoNotOptimize(desk.key.Process(message)); },
      [&] { BareSign(bare, algorithm, signed_data); });
  EVP_PKEY_free(bare);
}

void MakeCredential(benchmark::State& state) {
  const int algorithm = static_cast<int>(state.range(0));
  Desk desk;
  const Bytes message =
      Concat({ByteArray<1>{0x01}, cbor::Encode(Registration(algorithm, state.range(1) != 0))});
  EVP_PKEY* attestation = BareKey(-7);
  const Bytes signed_data(200);
  // Bare: a new key, and one attestation signature by P-256.
  Compare(
      state, [&] { benchmark::DoNotOptimize(desk.key.Process(message)); },
      [&] {
        EVP_PKEY_free(BareKey(algorithm));
        BareSign(attestation, -7, signed_data);
      });
  EVP_PKEY_free(attestation);
}

void PerAlgorithm(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"alg", "rk"})->UseManualTime();
  for (const int algorithm : {-7, -8, -257}) {
    for (const int discoverable : {0, 1}) benchmark->Args({algorithm, discoverable});
  }
}

void PerAlgorithmWithNewKeys(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"alg", "rk"})->UseManualTime();
  for (const int algorithm : {-7, -8}) {
    for (const int discoverable : {0, 1}) benchmark->Args({algorithm, discoverable});
  }
}

/// How long an RSA key takes to find differs by a factor of ten: the time that one or two take says
/// nothing.
void NewRsaKeys(benchmark::internal::Benchmark* benchmark) {
  constexpr int kKeys = 30;
  benchmark->ArgNames({"alg", "rk"})->UseManualTime()->Iterations(kKeys);
  for (const int discoverable : {0, 1}) benchmark->Args({-257, discoverable});
}

BENCHMARK(GetAssertion)->Apply(PerAlgorithm);
BENCHMARK(MakeCredential)->Apply(PerAlgorithmWithNewKeys);
BENCHMARK(MakeCredential)->Apply(NewRsaKeys);

}  // namespace
}  // namespace keyrig::authenticator
