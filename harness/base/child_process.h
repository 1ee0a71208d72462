#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/result.h"

namespace keyrig {

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
  /// The next line of its output that begins with `prefix`, without it. An error tells what it
  /// said instead, or that nothing came in time.
  Result<std::string, Error> AwaitLine(const std::string& prefix,
                                       std::chrono::milliseconds timeout);
  /// Waits until it closes its output: all that it said from its start.
  Result<std::string, Error> AwaitOutput(std::chrono::milliseconds timeout);
  /// What has been read of its output so far.
  const std::string& Said() const { return said_; }

 private:
  ChildProcess(std::string name, pid_t pid, int output)
      : name_(std::move(name)), pid_(pid), output_(output) {}

  enum class Heard { kMore, kEnd, kNothing };
  /// Reads on until `deadline`.
  Heard Hear(std::chrono::steady_clock::time_point deadline);

  std::string name_;
  pid_t pid_;
  int output_;  // its standard output and error
  std::string said_;
  std::size_t next_line_ = 0;  // of said_, for AwaitLine
};

}  // namespace keyrig
