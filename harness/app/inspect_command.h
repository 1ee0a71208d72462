#pragma once

#include <optional>
#include <string>

namespace keyrig::app {

/// `keyrig inspect`, as it was typed.
struct InspectArguments {
  std::string key;
  std::optional<std::string> profile;  // of a key that keyrig makes
  std::string person = "prompt";
  std::optional<std::string> key_pin;
  bool json = false;
};

/// Says what a key is and whether Entra takes it; the exit status: 0 where it does, 1 where not.
int Inspect(const InspectArguments& arguments);

}  // namespace keyrig::app
