#pragma once

#include <filesystem>
#include <optional>

namespace keyrig::app {

/// `keyrig whatif`, as it was typed.
struct WhatIfArguments {
  std::filesystem::path policy;
  std::optional<std::filesystem::path> against;  // the policy that stands now
  std::optional<std::filesystem::path> tenant;   // whose users are asked for
};

/// Says whom and which keys a policy lets register and sign in, and what it changes; the exit
/// status: 0, or 1 where it locks out somebody whom the policy that stands lets in.
int WhatIf(const WhatIfArguments& arguments);

}  // namespace keyrig::app
