#pragma once

#include <chrono>
#include <cstddef>
#include <thread>

namespace keyrig::transport {

/// Linux keeps 64 reports for each reader of a hidraw node and drops what comes on top without a
/// word. So a long answer begins with half of that, lets the reader catch up, and goes on in small
/// portions, at a pace of 1 ms a packet that a reader may miss more than 50 ms of. To be called
/// before each packet, with the number of those that were sent.
inline void PaceAnswer(std::size_t sent) {
  constexpr std::size_t kBurst = 32;
  constexpr std::chrono::milliseconds kCatchUp(20);
  constexpr std::size_t kPortion = 8;
  constexpr std::chrono::milliseconds kPortionPause(8);
  if (sent == kBurst) std::this_thread::sleep_for(kCatchUp);
  if (sent > kBurst && sent % kPortion == 0) std::this_thread::sleep_for(kPortionPause);
}

}  // namespace keyrig::transport
