#include "harness/base/sample_status.h"

#include <algorithm>
#include <array>
#include <utility>

namespace keyrig {
namespace {

constexpr std::array<std::pair<SampleStatus, std::string_view>, 14> kSampleStatuses{{
    {SampleStatus::kGood, "good"},
    {SampleStatus::kTooHigh, "too-high"},
    {SampleStatus::kTooLow, "too-low"},
    {SampleStatus::kTooLeft, "too-left"},
    {SampleStatus::kTooRight, "too-right"},
    {SampleStatus::kTooFast, "too-fast"},
    {SampleStatus::kTooSlow, "too-slow"},
    {SampleStatus::kPoorQuality, "poor-quality"},
    {SampleStatus::kTooSkewed, "too-skewed"},
    {SampleStatus::kTooShort, "too-short"},
    {SampleStatus::kMergeFailure, "merge-failure"},
    {SampleStatus::kExists, "exists"},
    {SampleStatus::kNoUserActivity, "no-user-activity"},
    {SampleStatus::kNoPresenceTransition, "no-presence-transition"},
}};

}  // namespace

std::string_view Name(SampleStatus status) {
  const auto* const found =
      std::ranges::find(kSampleStatuses, status, [](const auto& entry) { return entry.first; });
  return found == kSampleStatuses.end() ? std::string_view() : found->second;
}

std::optional<SampleStatus> SampleStatusFrom(std::string_view name) {
  for (const auto& [status, own] : kSampleStatuses) {
    if (own == name) return status;
  }
  return std::nullopt;
}

}  // namespace keyrig
