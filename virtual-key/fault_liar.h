#pragma once

#include "virtual-key/authenticator/lies.h"
#include "virtual-key/faults/fault_board.h"

namespace keyrig::virtual_key {

/// Tells the lies that are set as faults.
class FaultLiar final : public authenticator::Liar {
 public:
  explicit FaultLiar(faults::FaultBoard& board) : board_(board) {}
  bool Tells(authenticator::Lie lie) override { return board_.Take(KindOf(lie)).has_value(); }

 private:
  static faults::Kind KindOf(authenticator::Lie lie);

  faults::FaultBoard& board_;
};

}  // namespace keyrig::virtual_key
