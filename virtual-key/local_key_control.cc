#include "virtual-key/local_key_control.h"

#include <utility>

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

Result<KeyStateReport, Error> LocalKeyControl::State() {
  const authenticator::DeviceState memory = core_.Memory().Load();
  KeyStateReport report;
  report.plugged = attachment_.IsAttached();
  report.awaiting_touch = core_.User().IsAwaiting();
  report.awaiting_finger = core_.User().IsAwaitingFinger();
  report.pin_set = memory.pin_hash.has_value();
  report.pin_retries = memory.pin_retries;
  if (core_.Config().fingerprint) report.uv_retries = memory.uv_retries;
  for (const auto& enrolled : memory.fingers) report.fingers.push_back(enrolled.finger);
  report.discoverable_credentials = core_.Memory().CredentialCount();
  report.aaguid = core_.Config().aaguid.Text();
  report.device_node = attachment_.Node();
  report.gesture = core_.User().Script();
  return report;
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
