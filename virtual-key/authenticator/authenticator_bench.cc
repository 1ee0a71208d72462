// What the key costs over the bare cryptography that it cannot do without: `of_bare_rate` is the
// key's rate over OpenSSL's. Both are timed in alternation, and by the processor time of the
// thread, so that others on the machine do not count.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>

#include "harness/base/cbor.h"
#include "harness/base/crypto.h"
#include "virtual-key/authenticator/authenticator.h"

namespace keyrig::authenticator {
namespace {

/// The processor time that this thread has had.
std::chrono::nanoseconds ProcessorTime() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

class TouchingUser final : public UserGesture {
 public:
  GestureOutcome Await(const GesturePrompt&, std::stop_token) override {
    return GestureOutcome::kTouched;
  }
  FingerPresented AwaitFinger(const GesturePrompt&, std::stop_token) override { return {}; }
};

AuthenticatorConfig ConfigWith(int algorithm) {
  AuthenticatorConfig config;
  config.algorithms = {static_cast<CoseAlgorithm>(algorithm)};
  return config;
}

struct Desk {
  explicit Desk(int algorithm) : key(ConfigWith(algorithm), {clock, rng, user, store, events}) {}

  RealClock clock;
  Rng rng;
  TouchingUser user;
  MemoryStore store;
  NullSink events;
  Authenticator key;

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

/// What OpenSSL calls an algorithm.
struct BareAlgorithm {
  int number;
  const char* type;
  const char* group;   // of EC
  const char* digest;  // nothing where the algorithm brings its own
};
constexpr std::array kBareAlgorithms = {
    BareAlgorithm{-7, "EC", "P-256", "SHA256"},
    BareAlgorithm{-8, "ED25519", nullptr, nullptr},
    BareAlgorithm{-35, "EC", "P-384", "SHA384"},
    BareAlgorithm{-36, "EC", "P-521", "SHA512"},
    BareAlgorithm{-47, "EC", "secp256k1", "SHA256"},
    BareAlgorithm{-53, "ED448", nullptr, nullptr},
    BareAlgorithm{-257, "RSA", nullptr, "SHA256"},
    BareAlgorithm{-37, "RSA", nullptr, "SHA256"},
    BareAlgorithm{-48, "ML-DSA-44", nullptr, nullptr},
    BareAlgorithm{-49, "ML-DSA-65", nullptr, nullptr},
    BareAlgorithm{-50, "ML-DSA-87", nullptr, nullptr},
};

const BareAlgorithm& BareOf(int number) {
  return *std::ranges::find(kBareAlgorithms, number, &BareAlgorithm::number);
}

bool IsRsa(int algorithm) { return algorithm == -257 || algorithm == -37; }

EVP_PKEY* BareKey(int algorithm) {
  const BareAlgorithm& bare = BareOf(algorithm);
  if (IsRsa(algorithm)) return EVP_PKEY_Q_keygen(nullptr, nullptr, bare.type, std::size_t{2048});
  if (bare.group == nullptr) return EVP_PKEY_Q_keygen(nullptr, nullptr, bare.type);
  return EVP_PKEY_Q_keygen(nullptr, nullptr, bare.type, bare.group);
}

void BareSign(EVP_PKEY* key, int algorithm, ByteView data) {
  constexpr std::size_t kLongest = 4627;  // of ML-DSA-87
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* padding = nullptr;
  ByteArray<kLongest> signature;
  std::size_t size = signature.size();
  if (EVP_DigestSignInit_ex(context, &padding, BareOf(algorithm).digest, nullptr, nullptr, key,
                            nullptr) != 1 ||
      (algorithm == -37 && EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) != 1) ||
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
    const auto start = ProcessorTime();
    ours();
    const auto middle = ProcessorTime();
    bare();
    const auto end = ProcessorTime();
    of_ours += middle - start;
    of_bare += end - middle;
    state.SetIterationTime(std::chrono::duration<double>(middle - start).count());
  }
  state.counters["of_bare_rate"] = of_bare.count() / of_ours.count();
}

void GetAssertion(benchmark::State& state) {
  const int algorithm = static_cast<int>(state.range(0));
  Desk desk(algorithm);
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
  Desk desk(algorithm);
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
  for (const BareAlgorithm& algorithm : kBareAlgorithms) {
    if (!crypto::IsAvailable(static_cast<CoseAlgorithm>(algorithm.number))) continue;
    for (const int discoverable : {0, 1}) benchmark->Args({algorithm.number, discoverable});
  }
}

void PerAlgorithmWithNewKeys(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"alg", "rk"})->UseManualTime();
  for (const BareAlgorithm& algorithm : kBareAlgorithms) {
    if (IsRsa(algorithm.number)) continue;
    if (!crypto::IsAvailable(static_cast<CoseAlgorithm>(algorithm.number))) continue;
    for (const int discoverable : {0, 1}) benchmark->Args({algorithm.number, discoverable});
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
