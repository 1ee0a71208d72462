#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "harness/base/bytes.h"
#include "harness/base/result.h"

namespace keyrig::app {

/// `virtual-key profile`: what key models there are, and what a relying party has to know of them.
class ProfileCommand {
 public:
  /// Adds the subcommand and its verbs.
  explicit ProfileCommand(CLI::App& app);
  bool IsAsked() const { return command_->parsed(); }
  bool HasVerb() const { return !command_->get_subcommands().empty(); }
  Result<void, Error> Run() const;

 private:
  Result<void, Error> List() const;
  Result<void, Error> Show() const;
  Result<void, Error> FromMetadata() const;
  Result<void, Error> PrintStatement() const;
  Result<void, Error> PrintBlob() const;
  /// The key's attestation root, DER; empty where none is given.
  Result<Bytes, Error> Root() const;

  CLI::App* command_;
  std::string profile_;
  std::filesystem::path file_;
  std::string aaguid_;
  std::filesystem::path root_;
  std::filesystem::path trust_;
};

}  // namespace keyrig::app
