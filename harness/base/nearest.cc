#include "harness/base/nearest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <utility>

namespace keyrig::strict_json {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

/// Insertions, deletions and replacements between two texts (Levenshtein).
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::string> Nearest(std::string_view text, std::span<const std::string> candidates) {
  constexpr std::size_t kMost = 3;
  const std::string wanted = Lower(text);
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& candidate : candidates) {
    const std::string lower = Lower(candidate);
    const std::size_t distance = Distance(wanted, lower);
    const bool holds = wanted.size() >= 3 && lower.find(wanted) != std::string::npos;
    if (holds || distance <= std::max<std::size_t>(1, std::min(wanted.size(), lower.size()) / 3)) {
      near.emplace_back(holds ? 0 : distance, candidate);
    }
  }
  std::ranges::stable_sort(near, {}, &std::pair<std::size_t, std::string>::first);
  if (near.size() > kMost) near.resize(kMost);
  std::vector<std::string> names;
  for (auto& [distance, name] : near) names.push_back(std::move(name));
  return names;
}

std::string Suggestion(std::string_view text, std::span<const std::string> candidates) {
  const std::vector<std::string> near = Nearest(text, candidates);
  const std::string allowed = fmt::format("allowed: {}", fmt::join(candidates, ", "));
  if (near.empty()) return allowed;
  return fmt::format("did you mean \"{}\"? {}", near.front(), allowed);
}

}  // namespace keyrig::strict_json
