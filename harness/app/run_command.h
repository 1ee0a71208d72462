#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/result.h"

namespace keyrig::app {

inline constexpr int kPassed = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kInterrupted = 128;  // and the signal: 130 for SIGINT

/// `keyrig run`, as it was typed.
struct RunArguments {
  std::string program;  // argv[0]
  std::vector<std::string> filters;
  std::string key = "memory:";
  std::filesystem::path report = "keyrig-report";
  std::optional<std::uint64_t> seed;
  bool no_skips = false;
  std::string person = "prompt";  // --operator: "prompt" or "exec:COMMAND"
  std::optional<std::string> owned_aaguid;
  std::optional<std::string> key_pin;
  std::optional<std::filesystem::path> attestation_root;
  std::optional<std::filesystem::path> scenarios;
  std::optional<std::filesystem::path> assets;
  std::vector<std::string> gtest_flags;
};

/// Hands GoogleTest its flags; an error names one that it does not know.
Result<void, Error> InitializeGoogleTest(const std::string& program,
                                         const std::vector<std::string>& flags);

/// Plays scenarios and writes the report; the exit status.
int Run(const RunArguments& arguments);

}  // namespace keyrig::app
