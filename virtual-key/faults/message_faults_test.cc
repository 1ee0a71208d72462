#include "virtual-key/faults/message_faults.h"

#include <gmock/gmock.h>

#include "harness/base/cbor.h"

namespace keyrig::faults {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class MessageFaultsTest : public testing::Test {
 protected:
  void Set(std::string_view text) { board_.Set(Fault::Parse(text).value()); }
  Bytes Instead(Bytes command) { return AnswerInstead(board_, command); }
  Bytes Tampered() { return Tamper(board_, answer_); }
  cbor::Value TamperedMap() { return cbor::Decode(ByteView(Tampered()).subspan(1)).value(); }
  static Bytes ClientPin(int sub_command) {
    return Concat({Bytes{0x06}, cbor::Encode(cbor::Map{{0x01, 2}, {0x02, sub_command}})});
  }

  FaultBoard board_;
  const Bytes answer_ = Concat({Bytes{0}, cbor::Encode(cbor::Map{{0x01, 7}, {0x02, "text"}})});
};

TEST_F(MessageFaultsTest, WithoutFaultsNothingIsChanged) {
  EXPECT_THAT(Instead({0x01}), IsEmpty());
  EXPECT_EQ(Tampered(), answer_);
}

TEST_F(MessageFaultsTest, AStatusAnswersItsCommandOnly) {
  Set("status=getAssertion:0x2E");
  EXPECT_THAT(Instead({0x01, 0xA0}), IsEmpty());
  EXPECT_THAT(Instead({0x02, 0xA0}), ElementsAre(0x2E));
  EXPECT_THAT(Instead({0x02, 0xA0}), IsEmpty()) << "once";
  Set("status=any:0x7F always");
  EXPECT_THAT(Instead({0x04}), ElementsAre(0x7F));
  EXPECT_THAT(Instead({0x0B}), ElementsAre(0x7F));
}

TEST_F(MessageFaultsTest, ADeviceInTroubleRefusesWhatItCannotDo) {
  Set("store_full");
  Set("reset_refused");
  EXPECT_THAT(Instead({0x02, 0xA0}), IsEmpty());
  EXPECT_THAT(Instead({0x01, 0xA0}), ElementsAre(0x28));
  EXPECT_THAT(Instead({0x07}), ElementsAre(0x30));
}

TEST_F(MessageFaultsTest, ALockedPinIsNeverCompared) {
  Set("pin_blocked always");
  for (const int compares : {0x04, 0x05, 0x09}) {
    EXPECT_THAT(Instead(ClientPin(compares)), ElementsAre(0x32));
  }
  for (const int other : {0x01, 0x02, 0x03}) EXPECT_THAT(Instead(ClientPin(other)), IsEmpty());
  board_.Clear();
  Set("soft_locked");
  EXPECT_THAT(Instead(ClientPin(0x09)), ElementsAre(0x34));
}

TEST_F(MessageFaultsTest, MembersAreLeftOutAddedAndOfTheWrongType) {
  Set("missing_member=1");
  EXPECT_EQ(TamperedMap(), cbor::Value(cbor::Map{{0x02, "text"}}));
  Set("extra_member");
  EXPECT_NE(TamperedMap().Find(0x7F), nullptr);
  Set("wrong_type=1");
  EXPECT_NE(TamperedMap().Find(0x01)->AsText(), nullptr);
  Set("wrong_type=2");
  EXPECT_EQ(TamperedMap().Find(0x02)->AsInt(), 0);
  EXPECT_THAT(board_.List(), IsEmpty());
}

TEST_F(MessageFaultsTest, AFaultOfAnAbsentMemberWaitsForOneThatIsThere) {
  Set("missing_member=9");
  EXPECT_EQ(Tampered(), answer_);
  EXPECT_EQ(board_.List().size(), 1U);
}

TEST_F(MessageFaultsTest, CborIsCutShortOrNotCanonical) {
  Set("truncated_cbor");
  EXPECT_EQ(Tampered(), Bytes(answer_.begin(), answer_.end() - 1));
  Set("non_canonical_cbor");
  const Bytes answer = Tampered();
  EXPECT_EQ(answer.size(), answer_.size() + 1);
  EXPECT_EQ(answer[1], 0xB8);
  EXPECT_EQ(answer[2], 2);
  EXPECT_EQ(cbor::Decode(ByteView(answer).subspan(1)).error(), cbor::Error::kNotCanonical);
}

TEST_F(MessageFaultsTest, AnErrorHasNothingToTamperWith) {
  Set("truncated_cbor");
  EXPECT_THAT(Tamper(board_, {0x2E}), ElementsAre(0x2E));
  EXPECT_EQ(board_.List().size(), 1U);
}

}  // namespace
}  // namespace keyrig::faults
