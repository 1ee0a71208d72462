// Any bytes are a command: the key answers with a known status, an error alone, a success with
// canonical CBOR or nothing. A first byte of 0 to 31 says what the key is and holds.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "harness/base/cbor.h"
#include "virtual-key/authenticator/authenticator.h"
#include "virtual-key/authenticator/status.h"

namespace {

using namespace keyrig;
using namespace keyrig::authenticator;

class TouchingUser final : public UserGesture {
 public:
  GestureOutcome Await(const GesturePrompt&, std::stop_token) override {
    return GestureOutcome::kTouched;
  }
  FingerPresented AwaitFinger(const GesturePrompt&, std::stop_token) override {
    return {.outcome = GestureOutcome::kTouched, .finger = "thumb"};
  }
};

/// A key with all that CTAP 2.3 has.
AuthenticatorConfig Everything() {
  AuthenticatorConfig config;
  config.versions = {Version::kFido20, Version::kFido21Pre, Version::kFido21, Version::kFido23};
  config.fingerprint.emplace();
  config.fingerprint->has_preview = true;
  config.enterprise_attestation.emplace();
  config.config_commands = {.long_touch_for_reset = true, .pin_complexity_policy = true};
  config.has_credential_management_preview = true;
  config.has_persistent_token = true;
  config.max_large_blob_array = 2048;
  config.has_hmac_secret_mc = true;
  config.max_cred_blob = 32;
  config.has_large_blob_key = true;
  config.has_min_pin_length_extension = true;
  config.has_pin_complexity_policy_extension = true;
  config.has_third_party_payment = true;
  config.has_uvm = true;
  return config;
}

/// Of a PIN that nobody knows: a fuzzer guesses none.
constexpr ByteArray<16> kSomePinHash = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

void Demand(bool holds) {
  if (!holds) std::abort();
}

const crypto::PrivateKey& SharedKey() {
  static const crypto::PrivateKey key = [] {
    Rng rng(1);
    auto stream = rng.Stream("fuzz");
    return crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
  }();
  return key;
}

void Fill(MemoryStore& store, bool has_pin, bool has_credentials, bool has_finger) {
  DeviceState device;
  device.initialized = true;
  if (has_pin) device.pin_hash = kSomePinHash;
  if (has_finger) device.fingers.push_back({.id = Bytes(8, 1), .name = "", .finger = "thumb"});
  device.persistent_token.emplace();  // zeros, so that seeds can be authenticated with it
  device.min_pin_length_rp_ids = {"example.com"};
  store.Save(device);
  if (!has_credentials) return;
  for (const std::uint8_t id : {std::uint8_t{1}, std::uint8_t{2}}) {
    StoredCredential credential;
    credential.id.bytes = Bytes(32, id);
    credential.rp.text = "example.com";
    credential.user_handle.bytes = Bytes{id};
    credential.key = SharedKey();
    credential.has_hmac_secret = true;
    credential.created = id;
    store.Put(credential);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView input(data, size);
  FrozenClock clock{Instant{}};
  Rng rng(1);
  TouchingUser user;
  MemoryStore store;
  NullSink events;
  Fill(store, (input[0] & 1) != 0, (input[0] & 2) != 0, (input[0] & 16) != 0);
  AuthenticatorConfig config = (input[0] & 8) != 0 ? Everything() : AuthenticatorConfig();
  config.attestation = (input[0] & 4) != 0 ? Attestation::kSelf : Attestation::kNone;
  config.other_attestations = {Attestation::kFidoU2f, Attestation::kTpm, Attestation::kAndroidKey,
                               Attestation::kApple};
  // RSA keys take too long.
  config.algorithms = {CoseAlgorithm::kEs256, CoseAlgorithm::kEdDsa, CoseAlgorithm::kEs512,
                       CoseAlgorithm::kEs256k, CoseAlgorithm::kEd448};
  Authenticator key(config, {clock, rng, user, store, events});
  // The same command twice: what it left behind must not break the next.
  for (int round = 0; round < 2; ++round) {
    const Bytes reply = key.Process(input.subspan(1));
    Demand(!reply.empty());
    const auto status = static_cast<Status>(reply[0]);
    Demand(!Name(status).empty());
    Demand(status == Status::kOk || reply.size() == 1);
    if (reply.size() == 1) continue;
    const ByteView body = ByteView(reply).subspan(1);
    const auto decoded = cbor::Decode(body);
    Demand(decoded && decoded->AsMap() != nullptr);
    Demand(cbor::Encode(*decoded) == ToBytes(body));
  }
  return 0;
}
