// Any text is a profile's file, and a metadata statement or BLOB: it is refused in words that name
// the file, or becomes a model that is written and read back as it is. One that does not contradict
// itself is a key, which says what it is, and whose own statement leads back to a model.
#include <cstdlib>
#include <string_view>

#include "harness/base/cbor.h"
#include "virtual-key/authenticator/authenticator.h"
#include "virtual-key/authenticator/config_check.h"
#include "virtual-key/profiles/profile.h"

namespace {

using namespace keyrig;

constexpr std::string_view kFile = "fuzzed.json";

class NobodyThere final : public authenticator::UserGesture {
 public:
  authenticator::GestureOutcome Await(const authenticator::GesturePrompt&,
                                      std::stop_token) override {
    return authenticator::GestureOutcome::kTimedOut;
  }
  authenticator::FingerPresented AwaitFinger(const authenticator::GesturePrompt&,
                                             std::stop_token) override {
    return {.outcome = authenticator::GestureOutcome::kTimedOut};
  }
};

void Demand(bool holds) {
  if (!holds) std::abort();
}

void DemandThatItIsAKey(const authenticator::AuthenticatorConfig& config) {
  constexpr std::uint8_t kGetInfo = 0x04;
  FrozenClock clock{Instant{}};
  Rng rng(1);
  NobodyThere user;
  authenticator::MemoryStore store;
  NullSink events;
  authenticator::Authenticator key(config, {clock, rng, user, store, events});
  const Bytes reply = key.Process(Bytes{kGetInfo});
  Demand(reply.size() > 1 && reply[0] == 0);
  Demand(cbor::Decode(ByteView(reply).subspan(1)).has_value());
}

void DemandThatItIsAModel(const profiles::Profile& profile) {
  const std::string written = profiles::Write(profile);
  const auto again = profiles::Parse(kFile, written);
  Demand(again.has_value());
  Demand(profiles::Write(*again) == written);
  if (authenticator::FindContradiction(profile.config)) return;
  DemandThatItIsAKey(profile.config);
  const std::string statement = profiles::MetadataStatement(profile, {});
  const auto back = profiles::FromMetadata(kFile, statement, profile.config.aaguid.Text());
  Demand(back.has_value() && back->config.aaguid == profile.config.aaguid);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& read : {profiles::Parse(kFile, text), profiles::FromMetadata(kFile, text, "")}) {
    if (read) {
      DemandThatItIsAModel(*read);
    } else {
      Demand(read.error().message.find(kFile) != std::string::npos);
    }
  }
  return 0;
}
