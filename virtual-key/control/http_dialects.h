#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>

#include "virtual-key/control/http_message.h"

namespace keyrig::control {

/// What other suites say to the hardware that handles a key for them, translated into verbs. Each
/// request is answered when the action is complete. No token is asked for: they know of none.
///
/// The controller of python-fido2's device tests: GET / says what is plugged where; GET or POST
/// /usbN/touch/on touches key N as long as it wants, once, when it asks, at most 10 s from now;
/// /usbN/touch/off takes the finger away again; /usbN/power/on and /usbN/power/off plug and unplug.
///
/// The automation of the FIDO conformance tool: POST /conformance/userpresence touches likewise,
/// /conformance/powercycle unplugs and plugs, /conformance/results becomes the event
/// conformance.results {all_tests_selected, passed, failed, failed_tests}. It knows of one key.
class HttpDialects {
 public:
  explicit HttpDialects(const ControlTargets& targets) : targets_(targets) {}
  /// Nothing where the path belongs to neither. Thread-safe.
  std::optional<HttpAnswer> Handle(const HttpRequest& request, const std::stop_token& stop);

 private:
  std::optional<HttpAnswer> HandleUsb(const HttpRequest& request, const std::stop_token& stop);
  std::optional<HttpAnswer> HandleConformance(const HttpRequest& request,
                                              const std::stop_token& stop);
  HttpAnswer Ports();
  HttpAnswer TouchOn(std::size_t key, const std::stop_token& stop);
  HttpAnswer TouchOff(std::size_t key);
  HttpAnswer Power(std::size_t key, bool on);
  HttpAnswer TakeResults(const HttpRequest& request);

  const ControlTargets& targets_;
  std::mutex mutex_;
  std::map<std::size_t, std::stop_source> fingers_;  // by key, those that are on it
};

}  // namespace keyrig::control
