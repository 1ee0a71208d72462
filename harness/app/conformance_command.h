#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace keyrig::app {

/// `keyrig conformance`, as it was typed.
struct ConformanceArguments {
  std::string program;  // argv[0]
  std::string key = "memory:";
  std::optional<std::string> profile;  // of a key that keyrig makes
  std::vector<std::string> filters;
  bool list = false;
  bool may_reset = false;
  bool verbose = false;
  std::string person = "prompt";
  std::optional<std::string> key_pin;
  std::optional<std::uint64_t> seed;
  std::filesystem::path report = "keyrig-conformance";
  std::vector<std::string> gtest_flags;
};

/// Plays the cases and writes the report; the exit status.
int Conformance(const ConformanceArguments& arguments);

}  // namespace keyrig::app
