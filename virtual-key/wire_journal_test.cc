// What a key notes of what passes on its wire.
#include <gmock/gmock.h>

#include <chrono>

#include "virtual-key/apdu_engine.h"
#include "virtual-key/hid_client.h"
#include "virtual-key/key_core.h"
#include "virtual-key/virtual_key.h"

namespace keyrig::virtual_key {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Wire = journal::Wire;

std::string Kept(const journal::Journal& journal) {
  std::string text;
  journal.Read(journal::Format::kText, /*follow=*/false, {}, [&](std::string_view piece) {
    text += piece;
    return true;
  });
  return text;
}

class WireJournalTest : public testing::Test {
 protected:
  VirtualKeyOptions Options(const std::string& gesture, Wire wire) {
    journal_ = std::make_shared<journal::Journal>(wire, "memory");
    VirtualKeyOptions options;
    options.gesture = *GestureScript::Parse(gesture);
    options.journal = journal_;
    return options;
  }
  void PlugIn(const std::string& gesture) {
    auto key = MemoryKey::Create(Options(gesture, Wire::kHid), clock_, rng_, events_);
    ASSERT_TRUE(key.has_value()) << key.error().message;
    key_ = *std::move(key);
  }

  FrozenClock clock_{Instant(std::chrono::seconds(1'700'000'000))};
  Rng rng_{1};
  EventStream events_;
  std::shared_ptr<journal::Journal> journal_;
  std::unique_ptr<MemoryKey> key_;
};

TEST_F(WireJournalTest, NotesBothDirections) {
  PlugIn("touch");
  HidClient client(key_->Open());
  const auto channel = client.OpenChannel();
  ASSERT_TRUE(client.Send(channel, ctaphid::Command::kCbor, Bytes{0x04}));
  ASSERT_TRUE(client.ReceiveAnswer(milliseconds(100)).has_value());
  EXPECT_THAT(Kept(*journal_), AllOf(HasSubstr("OK                       CTAPHID_INIT  [ffffffff]"),
                                     HasSubstr("OK                       authenticatorGetInfo  ["),
                                     HasSubstr("< versions               [\"FIDO_2_0\"")));
}

TEST_F(WireJournalTest, NotesHowLongTheKeyWaited) {
  PlugIn("touch after 250ms");
  HidClient client(key_->Open());
  const auto channel = client.OpenChannel();
  ASSERT_TRUE(client.Send(channel, ctaphid::Command::kCbor, Bytes{0x0B}));
  ASSERT_TRUE(client.ReceiveAnswer(milliseconds(-1)).has_value());
  EXPECT_THAT(Kept(*journal_), HasSubstr("waited 250 ms for a touch, 3 keepalives"));
}

TEST_F(WireJournalTest, NotesWhatTheClientDidNotSeeToTheEnd) {
  PlugIn("never");
  HidClient client(key_->Open());
  const auto channel = client.OpenChannel();
  ASSERT_TRUE(client.Send(channel, ctaphid::Command::kCbor, Bytes{0x0B}));
  ASSERT_TRUE(client.Receive(milliseconds(0)).has_value());
  ASSERT_TRUE(key_->Control().PowerCycle());
  EXPECT_THAT(Kept(*journal_),
              testing::ContainsRegex("no answer +authenticatorSelection(.|\n)* power up\n"));
}

TEST_F(WireJournalTest, NotesWhatACardIsAskedAndAnswers) {
  auto core = KeyCore::Create(Options("touch", Wire::kCard), "nfc", clock_, rng_, events_);
  ASSERT_TRUE(core.has_value()) << core.error().message;
  ApduEngine engine(**core, clock_, milliseconds(100));
  engine.PowerCycle();
  EXPECT_TRUE(engine.Receive(
      Bytes{0x00, 0xA4, 0x04, 0x00, 0x08, 0xA0, 0x00, 0x00, 0x06, 0x47, 0x2F, 0x00, 0x01}));
  std::uint64_t seen = (*core)->Changes().Version();
  EXPECT_FALSE(engine.Receive(Bytes{0x80, 0x10, 0x00, 0x00, 0x00, 0x00, 0x01, 0x04, 0x00, 0x00}));
  while (!engine.Collect()) {
    (*core)->Changes().Wait(seen, std::nullopt);
    seen = (*core)->Changes().Version();
  }
  EXPECT_THAT(Kept(*journal_), AllOf(HasSubstr("power up"), HasSubstr("SELECT of the FIDO applet"),
                                     HasSubstr("authenticatorGetInfo"), HasSubstr("< versions "),
                                     Not(HasSubstr("no answer"))));
}

}  // namespace
}  // namespace keyrig::virtual_key
