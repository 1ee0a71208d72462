#include "harness/device/nfc_client.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "harness/base/test_hex.h"

namespace keyrig::device {
namespace {

constexpr std::chrono::milliseconds kLong{10'000};

/// A card that answers as it is told, and remembers what it was sent; gone once nothing is left.
class ScriptedCard final : public ApduPort {
 public:
  std::optional<Bytes> Transmit(ByteView apdu) override {
    sent.push_back(ToHex(apdu));
    if (answers.empty()) return std::nullopt;
    const Bytes answer = Hex(answers.front());
    answers.pop_front();
    return answer;
  }
  std::deque<std::string> answers;
  std::vector<std::string> sent;
};

class NfcClientTest : public testing::Test {
 protected:
  Result<Bytes, CardError> Exchange(ByteView message, std::chrono::milliseconds timeout = kLong) {
    return client_.Exchange(message, timeout, [this](std::uint8_t status) {
      keepalives_.push_back(status);
      if (cancel_at_keepalive_) client_.Cancel();
    });
  }

  ScriptedCard* card_ = new ScriptedCard;
  NfcClient client_{std::unique_ptr<ApduPort>(card_)};
  std::vector<int> keepalives_;
  bool cancel_at_keepalive_ = false;
};

TEST_F(NfcClientTest, SelectsTheFidoApplet) {
  card_->answers = {"5532465f56329000"};
  EXPECT_EQ(client_.Select().value(), "U2F_V2");
  EXPECT_EQ(card_->sent, std::vector<std::string>{"00a4040008a0000006472f000100"});
}

TEST_F(NfcClientTest, NamesTheStatusWordOfARefusal) {
  card_->answers = {"6a82"};
  const auto version = client_.Select();
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().Text(), "status word 6a82");
}

TEST_F(NfcClientTest, SendsAMessageAndSaysThatItPolls) {
  card_->answers = {"00a09000"};
  EXPECT_EQ(Exchange(Hex("04")).value(), Hex("00a0"));
  EXPECT_EQ(card_->sent, std::vector<std::string>{"80108000010400"});
}

TEST_F(NfcClientTest, ChainsALongMessage) {
  card_->answers = {"9000", "9000", "009000"};
  ASSERT_TRUE(Exchange(Bytes(255 + 255 + 2, 0x11)));
  ASSERT_EQ(card_->sent.size(), 3U);
  EXPECT_EQ(card_->sent[0], "90108000ff" + ToHex(Bytes(255, 0x11)));
  EXPECT_EQ(card_->sent[1], card_->sent[0]);
  EXPECT_EQ(card_->sent[2], "8010800002111100");
}

TEST_F(NfcClientTest, DoesNotChainWhatFits) {
  card_->answers = {"009000"};
  ASSERT_TRUE(Exchange(Bytes(255, 0x11)));
  EXPECT_EQ(card_->sent[0], "80108000ff" + ToHex(Bytes(255, 0x11)) + "00");
}

TEST_F(NfcClientTest, StopsWhereALinkIsRefused) {
  card_->answers = {"6884"};
  const auto answer = Exchange(Bytes(300, 0x11));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().status_word, 0x6884);
  EXPECT_EQ(card_->sent.size(), 1U);
}

TEST_F(NfcClientTest, FetchesAnAnswerInParts) {
  card_->answers = {"000161ff", "026103", "0304059000"};
  EXPECT_EQ(Exchange(Hex("04")).value(), Hex("000102030405"));
  EXPECT_EQ(card_->sent[1], "00c00000ff");
  EXPECT_EQ(card_->sent[2], "00c0000003");
}

TEST_F(NfcClientTest, PollsWhileTheKeyIsAtWork) {
  card_->answers = {"019100", "029100", "00a09000"};
  EXPECT_EQ(Exchange(Hex("04")).value(), Hex("00a0"));
  EXPECT_EQ(keepalives_, (std::vector<int>{1, 2}));
  EXPECT_EQ(card_->sent[1], "8011000000");
  EXPECT_EQ(card_->sent[2], "8011000000");
}

TEST_F(NfcClientTest, CancelsByAPoll) {
  card_->answers = {"029100", "2d9000"};
  cancel_at_keepalive_ = true;
  EXPECT_EQ(Exchange(Hex("04")).value(), Hex("2d"));
  EXPECT_EQ(card_->sent[1], "8011110000");
}

TEST_F(NfcClientTest, ACancelOfBeforeDoesNotCount) {
  card_->answers = {"029100", "009000"};
  client_.Cancel();
  ASSERT_TRUE(Exchange(Hex("04")));
  EXPECT_EQ(card_->sent[1], "8011000000");
}

TEST_F(NfcClientTest, GivesUpAfterItsTime) {
  card_->answers = {"029100", "029100", "009000"};
  const auto answer = Exchange(Hex("04"), std::chrono::milliseconds(0));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, CardError::Kind::kTimedOut);
}

TEST_F(NfcClientTest, SaysThatTheCardIsGone) {
  const auto answer = Exchange(Hex("04"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().Text(), "the card is gone");
}

}  // namespace
}  // namespace keyrig::device
