#include "virtual-key/local_key_control.h"

#include <utility>

#include "virtual-key/portable.h"

namespace keyrig::virtual_key {

Result<void, Error> LocalKeyControl::Touch(Duration expiry, std::stop_token stop) {
  return core_.User().Give({.gesture = Gesture::kTouch}, expiry, std::move(stop));
}

Result<void, Error> LocalKeyControl::Decline(Duration expiry, std::stop_token stop) {
  return core_.User().Give({.gesture = Gesture::kDecline}, expiry, std::move(stop));
}

Result<void, Error> LocalKeyControl::Give(const GestureScript& script, Duration expiry,
                                          std::stop_token stop) {
  return core_.User().Give(script, expiry, std::move(stop));
}

Result<void, Error> LocalKeyControl::SetGesture(GestureScript script) {
  core_.User().SetScript(std::move(script));
  return {};
}

Result<void, Error> LocalKeyControl::Unplug() {
  const std::lock_guard lock(plugging_);
  if (!attachment_.IsAttached()) return Fail("the key is unplugged already; plug it first");
  Detach();
  Emit("key.unplugged");
  return {};
}

Result<void, Error> LocalKeyControl::Plug() {
  const std::lock_guard lock(plugging_);
  if (attachment_.IsAttached()) return Fail("the key is plugged already; unplug it first");
  core_.PowerCycle();
  TRY(attachment_.Attach());
  Emit("key.plugged");
  return {};
}

Result<void, Error> LocalKeyControl::PowerCycle() {
  const std::lock_guard lock(plugging_);
  if (!attachment_.IsAttached()) return Fail("the key is unplugged; plug it instead");
  Detach();
  core_.PowerCycle();
  TRY(attachment_.Attach());
  Emit("key.power_cycled");
  return {};
}

Result<void, Error> LocalKeyControl::Advance(Duration by) {
  if (by < Duration{0}) return Fail("a key's clock cannot be turned back");
  clock_.Advance(by);
  core_.User().ClockMoved();
  return {};
}

Result<void, Error> LocalKeyControl::SetFault(const std::string& fault) {
  return core_.SetFault(TRY(faults::Fault::Parse(fault)));
}

Result<void, Error> LocalKeyControl::ClearFaults() {
  core_.Faults().Clear();
  return {};
}

Result<KeyStateReport, Error> LocalKeyControl::State() {
  const authenticator::DeviceState memory = core_.Memory().Load();
  KeyStateReport report;
  report.plugged = attachment_.IsAttached();
  report.awaiting_touch = core_.User().IsAwaiting();
  report.awaiting_finger = core_.User().IsAwaitingFinger();
  report.awaiting_since = core_.User().AwaitingSince();
  report.pin_set = memory.pin_hash.has_value();
  report.pin_retries = memory.pin_retries;
  if (core_.Config().fingerprint) report.uv_retries = memory.uv_retries;
  for (const auto& enrolled : memory.fingers) report.fingers.push_back(enrolled.finger);
  report.discoverable_credentials = core_.Memory().CredentialCount();
  report.aaguid = core_.Config().aaguid.Text();
  report.device_node = attachment_.Node();
  report.gesture = core_.User().Script();
  for (const faults::Fault& fault : core_.Faults().List()) report.faults.push_back(fault.Text());
  return report;
}

Result<void, Error> LocalKeyControl::AddCredential(const PortableCredential& credential) {
  const auto stored = TRY(FromPortable(credential));
  return core_.BetweenRequests([&](authenticator::Authenticator& key) {
    return key.Import(stored, credential.signature_counter);
  });
}

Result<std::vector<PortableCredential>, Error> LocalKeyControl::Credentials() {
  const std::uint32_t counter = core_.Memory().Load().signature_counter;
  std::vector<PortableCredential> credentials;
  for (const auto& credential : core_.Memory().CopyOfCredentials()) {
    credentials.push_back(ToPortable(credential, counter));
  }
  return credentials;
}

Result<void, Error> LocalKeyControl::RemoveCredential(const CredentialId& id) {
  return core_.BetweenRequests([&](authenticator::Authenticator& key) { return key.Remove(id); });
}

Result<void, Error> LocalKeyControl::RemoveAllCredentials() {
  return core_.BetweenRequests([](authenticator::Authenticator& key) { return key.RemoveAll(); });
}

Result<void, Error> LocalKeyControl::SetUserVerified(bool verified) {
  if (!core_.Config().fingerprint) {
    return Fail(
        "this key verifies its user by the PIN that its client asks for; only a model with "
        "a fingerprint sensor can be told");
  }
  const auto fingers = core_.Memory().Load().fingers;
  if (verified && fingers.empty()) return Fail("no finger is enrolled on this key; enroll one");
  if (!verified) return SetGesture({.gesture = Gesture::kWrongFinger});
  return SetGesture({.gesture = Gesture::kFinger, .finger = fingers.front().finger});
}

void LocalKeyControl::Detach() {
  attachment_.Detach();
  core_.Interrupt();
}

void LocalKeyControl::Emit(std::string_view kind) {
  Event event;
  event.kind = kind;
  core_.Events().Emit(std::move(event));
}

}  // namespace keyrig::virtual_key
