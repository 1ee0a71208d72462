#include "virtual-key/authenticator/state.h"

#include <algorithm>

#include "harness/base/crypto.h"

namespace keyrig::authenticator {
namespace {

constexpr Duration kSequenceTimeout = std::chrono::seconds(30);

std::optional<AttestationIdentity> IdentityFor(const AuthenticatorConfig& config,
                                               const DeviceState& device) {
  // U2F registrations and enterprise attestation always name a certificate.
  const bool needed =
      config.enterprise_attestation ||
      std::ranges::find(config.versions, Version::kU2fV2) != config.versions.end() ||
      std::ranges::any_of(AttestationsOf(config), NeedsIdentity);
  if (!needed || !device.attestation_seed) return std::nullopt;
  Rng rng(*device.attestation_seed);
  return MakeAttestationIdentity(config, rng);
}

}  // namespace

State::State(AuthenticatorConfig key_config, Environment where)
    : config(std::move(key_config)),
      environment(where),
      device(environment.store.Load()),
      wrapped(device.wrapping_key) {
  EnsureInitialized();  // where the store refuses, each command tries again
  PowerUp();
}

void State::PowerUp() {
  protocols.clear();
  for (const int number : config.pin_uv_auth_protocols) {
    protocols.emplace_back(static_cast<PinUvAuthProtocolNumber>(number), environment.rng);
  }
  pin_mismatches_in_a_row = 0;
  sequence.reset();
  powered_up = environment.clock.Now();
}

Outcome<void> State::Reset() {
  DeviceState fresh = Fresh();
  fresh.aaguid = device.aaguid;
  fresh.attestation_seed = device.attestation_seed;
  TRY(Written(environment.store.Clear(fresh)));
  device = fresh;
  wrapped = WrappedCredentials(device.wrapping_key);
  const Instant window_opened = powered_up;
  PowerUp();
  powered_up = window_opened;
  return {};
}

Outcome<void> State::EnsureInitialized() {
  if (!device.initialized || !device.attestation_seed) {
    if (!device.initialized) device = Fresh();
    device.aaguid = config.aaguid;
    environment.rng.Stream("authenticator/attestation").Fill(device.attestation_seed.emplace());
    TRY(Save());
    wrapped = WrappedCredentials(device.wrapping_key);
  }
  if (!attestation) attestation = IdentityFor(config, device);
  return {};
}

Outcome<void> State::Save() {
  const auto saved = Written(environment.store.Save(device));
  if (!saved) device = environment.store.Load();
  return saved;
}

Outcome<void> State::Put(const StoredCredential& credential) {
  return Written(environment.store.Put(credential));
}

Outcome<void> State::Replace(const CredentialId& replaced, const StoredCredential& credential) {
  return Written(environment.store.Replace(replaced, credential));
}

Outcome<void> State::Remove(const CredentialId& id) {
  return Written(environment.store.Remove(id));
}

bool State::Supports(std::int64_t algorithm) const {
  return std::ranges::any_of(config.algorithms, [&](CoseAlgorithm own) {
    return static_cast<std::int64_t>(own) == algorithm && crypto::IsAvailable(own);
  });
}

PinUvAuthProtocol* State::FindProtocol(std::uint64_t number) {
  return HasUserVerification() ? FindHmacSecretProtocol(number) : nullptr;
}

PinUvAuthProtocol* State::FindHmacSecretProtocol(std::uint64_t number) {
  const auto found = std::ranges::find_if(protocols, [&](const PinUvAuthProtocol& protocol) {
    return static_cast<std::uint64_t>(protocol.Number()) == number;
  });
  return found == protocols.end() ? nullptr : &*found;
}

Outcome<PinUvAuthProtocol*> State::SelectProtocol(const std::optional<std::uint64_t>& number) {
  if (!number) return Err(Status::kMissingParameter);
  PinUvAuthProtocol* protocol = FindProtocol(*number);
  if (protocol == nullptr) return Err(Status::kInvalidParameter);
  return protocol;
}

Outcome<void> State::AwaitTouch(GesturePurpose purpose, const Transaction& transaction,
                                Status timed_out, Duration hold) {
  const GesturePrompt prompt{.purpose = purpose, .timeout = config.touch_timeout, .hold = hold};
  switch (environment.gesture.Await(prompt, transaction.stop)) {
    case GestureOutcome::kTouched:
      return {};
    case GestureOutcome::kDeclined:
      return Err(Status::kOperationDenied);
    case GestureOutcome::kTimedOut:
      return Err(timed_out);
    case GestureOutcome::kCancelled:
      break;
  }
  return Err(Status::kKeepaliveCancel);
}

Outcome<FingerPresented> State::AwaitFinger(GesturePurpose purpose, Duration timeout,
                                            const Transaction& transaction) {
  FingerPresented presented =
      environment.gesture.AwaitFinger({.purpose = purpose, .timeout = timeout}, transaction.stop);
  if (presented.outcome == GestureOutcome::kDeclined) return Err(Status::kOperationDenied);
  if (presented.outcome == GestureOutcome::kCancelled) return Err(Status::kKeepaliveCancel);
  return presented;
}

Outcome<void> State::Probe(const Transaction& transaction) {
  TRY(AwaitTouch(GesturePurpose::kProbe, transaction, Status::kOperationDenied));
  return Err(IsProtected() ? Status::kPinInvalid : Status::kPinNotSet);
}

void State::ClearTokensAfterUserPresence() {
  for (PinUvAuthProtocol& protocol : protocols) protocol.Token().ClearAfterUserPresence();
}

void State::ResetTokens() {
  for (PinUvAuthProtocol& protocol : protocols) protocol.ResetToken(environment.rng);
}

const StoredCredential* State::FindCredential(ByteView id, const RpId& rp) {
  for (const StoredCredential& credential : environment.store.Credentials()) {
    if (Equal(credential.id.bytes, id)) return credential.rp == rp ? &credential : nullptr;
  }
  for (const StoredCredential& credential : environment.store.NamedCredentials()) {
    if (Equal(credential.id.bytes, id)) return credential.rp == rp ? &credential : nullptr;
  }
  return wrapped.Unwrap(id, crypto::Sha256(ViewOf(rp.text)));
}

const StoredCredential* State::FindDiscoverable(const CredentialId& id) const {
  const auto& all = environment.store.Credentials();
  const auto found = std::ranges::find(all, id, &StoredCredential::id);
  return found == all.end() ? nullptr : &*found;
}

std::vector<const StoredCredential*> State::DiscoverableOf(const RpId& rp) const {
  std::vector<const StoredCredential*> matches;
  for (const StoredCredential& credential : environment.store.Credentials()) {
    if (credential.rp == rp) matches.push_back(&credential);
  }
  std::ranges::sort(matches, std::ranges::greater(), &StoredCredential::created);
  return matches;
}

bool State::MayLearnPinRules(const RpId& rp) const {
  return std::ranges::find(device.min_pin_length_rp_ids, rp.text) !=
         device.min_pin_length_rp_ids.end();
}

void State::RenewStoreState() {
  environment.rng.Stream("authenticator/store-state").Fill(device.store_state);
}

void State::RenewPersistentToken() {
  environment.rng.Stream("authenticator/persistent-token").Fill(device.persistent_token.emplace());
}

std::uint32_t State::RemainingDiscoverable() const {
  const std::size_t held = environment.store.Credentials().size();
  const std::size_t room = config.max_discoverable_credentials;
  return static_cast<std::uint32_t>(room - std::min(room, held));
}

void State::Begin(Sequence next, const Transaction& transaction) {
  next.channel = transaction.channel;
  next.last_step = environment.clock.Now();
  sequence = std::move(next);
}

bool State::MayContinue(const Transaction& transaction) {
  if (!sequence || sequence->channel != transaction.channel) return false;
  const Instant now = environment.clock.Now();
  if (now - sequence->last_step > kSequenceTimeout) return false;
  if (sequence->authorized_by) {
    PinUvAuthProtocol* protocol =
        FindProtocol(static_cast<std::uint64_t>(*sequence->authorized_by));
    if (protocol == nullptr || !protocol->Token().IsInUse(now)) return false;
  }
  sequence->last_step = now;
  return true;
}

void State::Emit(std::string_view kind, std::vector<EventField> fields) {
  Event event;
  event.kind = kind;
  event.fields = std::move(fields);
  event.at = environment.clock.Now();
  environment.events.Emit(std::move(event));
}

DeviceState State::Fresh() {
  DeviceState fresh;
  fresh.pin_retries = config.pin.max_retries;
  if (config.fingerprint) fresh.uv_retries = config.fingerprint->max_uv_retries;
  environment.rng.Stream("authenticator/wrapping-key").Fill(fresh.wrapping_key);
  environment.rng.Stream("authenticator/identifier").Fill(fresh.identifier);
  environment.rng.Stream("authenticator/store-state").Fill(fresh.store_state);
  environment.rng.Stream("authenticator/persistent-token").Fill(fresh.persistent_token.emplace());
  fresh.initialized = true;
  return fresh;
}

Outcome<void> State::Written(const Result<void, Error>& result) {
  if (result) return {};
  write_failed = true;
  Emit("key.store_failed", {{"reason", result.error().message}});
  return Err(Status::kOther);
}

}  // namespace keyrig::authenticator
