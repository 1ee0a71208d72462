#include "virtual-key/authenticator/u2f_operations.h"

#include <algorithm>
#include <chrono>

#include "virtual-key/authenticator/authenticator.h"
#include "virtual-key/authenticator/cose_key.h"
#include "virtual-key/authenticator/cred_protect.h"
#include "virtual-key/authenticator/state.h"
#include "virtual-key/authenticator/user_verification.h"

namespace keyrig::authenticator {
namespace {

/// How long a command waits for the user: platforms ask again and again, and hear nothing in
/// between.
constexpr Duration kTouchWindow = std::chrono::milliseconds(500);

U2fOutcome<void> AwaitUser(State& state, GesturePurpose purpose, const Transaction& transaction) {
  if (state.AlwaysUv()) {
    // CTAP 2.3 §7.2.4. A finger is a touch, too.
    if (PerformBuiltInUv(state, true, transaction)) return {};
    return Err(U2fRefusal::kNotPresent);
  }
  const GesturePrompt prompt{.purpose = purpose,
                             .timeout = std::min(kTouchWindow, state.config.touch_timeout)};
  const auto outcome = state.environment.gesture.Await(prompt, transaction.stop);
  if (outcome != GestureOutcome::kTouched) return Err(U2fRefusal::kNotPresent);
  return {};
}

U2fOutcome<void> Begin(State& state) {
  state.sequence.reset();
  if (!state.EnsureInitialized()) return Err(U2fRefusal::kFailed);
  if (state.IsU2fBarred()) return Err(U2fRefusal::kBarred);
  return {};
}

}  // namespace

U2fOutcome<U2fRegistration> Authenticator::RegisterU2f(const ByteArray<32>& challenge,
                                                       const ByteArray<32>& application,
                                                       const Transaction& transaction) {
  State& state = *state_;
  TRY(Begin(state));
  TRY(AwaitUser(state, GesturePurpose::kRegister, transaction));
  auto key_stream = state.environment.rng.Stream("authenticator/credential-key");
  auto id_stream = state.environment.rng.Stream("authenticator/credential-id");
  auto stream = state.environment.rng.Stream("authenticator/attestation-signature");
  StoredCredential credential;
  credential.key = crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, key_stream);
  state.wrapped.Wrap(credential, application, id_stream);
  U2fRegistration made{.public_key = EncodePoint(credential.key.Public()),
                       .key_handle = credential.id.bytes,
                       .certificate = state.attestation->certificate,
                       .signature = {}};
  const Bytes signed_data =
      Concat({ByteArray<1>{0x00}, application, challenge, made.key_handle, made.public_key});
  made.signature = state.attestation->key.Sign(CoseAlgorithm::kEs256, signed_data, stream);
  state.Emit("key.credential_made",
             {{"application", ToHex(application)}, {"credential_id", ToHex(made.key_handle)}});
  return made;
}

U2fOutcome<U2fAssertion> Authenticator::AuthenticateU2f(const ByteArray<32>& challenge,
                                                        const ByteArray<32>& application,
                                                        ByteView key_handle, U2fPresence presence,
                                                        const Transaction& transaction) {
  State& state = *state_;
  TRY(Begin(state));
  const StoredCredential* credential = state.wrapped.Unwrap(key_handle, application);
  // CTAP 2.3 §7.2.3: what needs a verified user is not there for U2F, and it knows P-256 alone.
  if (credential == nullptr || credential->algorithm != CoseAlgorithm::kEs256 ||
      credential->cred_protect == cred_protect::kRequired) {
    return Err(U2fRefusal::kForeignKeyHandle);
  }
  if (presence == U2fPresence::kCheckOnly) return Err(U2fRefusal::kNotPresent);
  // Whom alwaysUv asks for is asked for whatever the platform says.
  const bool user_present = presence == U2fPresence::kEnforce || state.AlwaysUv();
  if (user_present) TRY(AwaitUser(state, GesturePurpose::kSignIn, transaction));
  ++state.device.signature_counter;
  if (!state.Save()) return Err(U2fRefusal::kFailed);
  const std::uint32_t counter = state.device.signature_counter;
  const ByteArray<1> flags = {static_cast<std::uint8_t>(user_present ? 0x01 : 0x00)};
  auto stream = state.environment.rng.Stream("authenticator/assertion-signature");
  Bytes signature = credential->key.Sign(
      CoseAlgorithm::kEs256, Concat({application, flags, BigEndian32(counter), challenge}), stream);
  state.Emit("key.credential_used", {{"application", ToHex(application)},
                                     {"credential_id", ToHex(key_handle)},
                                     {"signature_counter", std::to_string(counter)}});
  return U2fAssertion{user_present, counter, std::move(signature)};
}

}  // namespace keyrig::authenticator
