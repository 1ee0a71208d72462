#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

#include "harness/base/file_descriptor.h"

namespace keyrig::app {

/// While it exists, the first SIGINT or SIGTERM only asks for a stop, so that a run can clean up
/// and report; a second one ends the process at once. One at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  std::stop_token Token() const { return source_.get_token(); }
  /// The signal that came; 0 if none did.
  int Signal() const;

 private:
  std::stop_source source_;
  FileDescriptor wake_;
  struct sigaction before_interrupt_{};
  struct sigaction before_terminate_{};
  std::jthread watcher_;
};

}  // namespace keyrig::app
