#pragma once

#include <vector>

#include "harness/base/hid.h"
#include "virtual-key/faults/fault_board.h"

namespace keyrig::faults {

/// What goes out of one answer's packets.
struct WireAnswer {
  std::vector<HidReport> now;
  std::vector<HidReport> later{};  // once `delay` has passed
  Duration delay{0};
  bool unplugs = false;  // after what goes out now
};

/// The packets of one answer, as the faults have them go out.
WireAnswer SendAnswer(FaultBoard& board, std::vector<HidReport> packets);
/// A reply to INIT (CTAP 2.1 §11.2.9.1.3), other packets as they are.
void TamperWithInit(FaultBoard& board, std::vector<HidReport>& replies);

}  // namespace keyrig::faults
