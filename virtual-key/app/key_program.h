#pragma once

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>

#include "harness/base/child_process.h"

namespace keyrig::app {

/// What a finished command left behind.
struct CommandResult {
  int status = -1;
  std::string output;  // both streams
};
/// Runs a shell command to its end.
CommandResult Shell(const std::string& command);

/// A virtual-key process of its own, with a folder for files; for tests. Ends with the object, and
/// a key that does not detach cleanly fails the test.
class KeyProgram {
 public:
  explicit KeyProgram(std::initializer_list<std::string> arguments,
                      const std::string& transport = "uhid");
  ~KeyProgram();
  KeyProgram(const KeyProgram&) = delete;
  KeyProgram& operator=(const KeyProgram&) = delete;

  /// The hidraw node that it had at first, or the card reader.
  const std::string& Node() const { return nodes_.front(); }
  /// The hidraw node that it has now.
  std::string ClientNode() const;
  /// Of each key.
  const std::vector<std::string>& Nodes() const { return nodes_; }
  /// What follows `prefix` on a line that the program printed before it was ready.
  std::string Said(const std::string& prefix) const;
  const std::filesystem::path& Folder() const { return folder_; }
  std::filesystem::path Socket() const { return folder_ / "control.sock"; }
  /// `virtual-key ctl --control SOCKET verb`.
  CommandResult Ctl(const std::string& verb) const;
  /// Runs in the folder, with KEY set to the node.
  CommandResult Run(const std::string& command) const;
  /// Likewise, typing `pin` wherever the command asks for one.
  CommandResult RunWithPin(const std::string& pin, const std::string& command) const;
  /// Ends the process with SIGTERM; its exit status.
  int Stop();

 private:
  std::filesystem::path folder_;
  std::unique_ptr<ChildProcess> process_;
  std::vector<std::string> nodes_;
};

}  // namespace keyrig::app
