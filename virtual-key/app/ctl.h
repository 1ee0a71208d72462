#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "harness/base/result.h"

namespace keyrig::app {

/// `virtual-key ctl`: the control socket's command line.
class Ctl {
 public:
  /// Adds the subcommand and its verbs.
  explicit Ctl(CLI::App& app);
  bool IsAsked() const { return command_->parsed(); }
  bool HasVerb() const { return !command_->get_subcommands().empty(); }
  /// Does the verb. An error is a refusal by the key, in its words.
  Result<void, Error> Run() const;

 private:
  Result<void, Error> PrintState() const;
  Result<void, Error> PrintKeys() const;
  Result<void, Error> PrintAttestationRoot() const;
  Result<void, Error> PrintEvents() const;
  Result<void, Error> PrintJournal() const;
  Result<void, Error> PrintCredentials(bool with_secrets) const;
  Result<void, Error> Import() const;

  CLI::App* command_;
  std::filesystem::path control_;
  std::optional<int> key_;
  std::string expiry_ = "10s";
  std::string gesture_;
  std::string finger_;
  std::string hold_;
  std::string by_;
  std::string fault_;
  std::filesystem::path file_;
  std::string credential_;
  bool verified_ = false;
  std::string journal_format_ = "text";
  bool follow_ = false;
};

}  // namespace keyrig::app
