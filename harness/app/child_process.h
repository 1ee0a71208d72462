#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/result.h"

namespace keyrig::app {

/// A program that was started by this one and ends with the object (SIGTERM, and SIGKILL after a
/// while), or with this process.
class ChildProcess {
 public:
  static Result<std::unique_ptr<ChildProcess>, Error> Start(
      const std::filesystem::path& program, const std::vector<std::string>& arguments);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void Signal(int signal) const;
  /// Its exit status once it ended, 128 and the signal where one ended it; an error after
  /// `timeout`.
  Result<int, Error> AwaitEnd(std::chrono::milliseconds timeout);
  /// The first line of its output that begins with `prefix`, without it. An error tells what it
  /// said instead, or that nothing came in time.
  Result<std::string, Error> AwaitLine(const std::string& prefix,
                                       std::chrono::milliseconds timeout);

 private:
  ChildProcess(std::string name, pid_t pid, int output)
      : name_(std::move(name)), pid_(pid), output_(output) {}

  std::string name_;
  pid_t pid_;
  int output_;  // its standard output and error
};

}  // namespace keyrig::app
