#pragma once

#include <memory>
#include <mutex>

#include "harness/base/clock.h"
#include "harness/base/control.h"
#include "harness/base/event.h"
#include "harness/base/rng.h"
#include "mock-entra/directory/directory.h"
#include "mock-entra/http/message.h"

namespace keyrig {

/// The whole mock service: requests in, responses out, told apart by Host. No I/O. Thread-safe.
class MockEntra {
 public:
  /// `signing_key` signs tokens (RSA 2048).
  MockEntra(directory::Tenant tenant, Clock& clock, Rng& rng, EventSink& events,
            crypto::PrivateKey signing_key);
  ~MockEntra();
  http::Response Handle(const http::Request& request);
  ServiceControl& Control();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace keyrig
