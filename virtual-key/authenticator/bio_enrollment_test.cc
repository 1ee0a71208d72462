#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A key with a fingerprint sensor and the PIN 1234.
class BioEnrollmentTest : public AuthenticatorTest {
 protected:
  BioEnrollmentTest() { config_.fingerprint.emplace(); }
  void SetUp() override { ASSERT_EQ(SetPin("1234"), Status::kOk); }

  Token Permitted() { return GetToken("1234", 0x08, std::nullopt); }
  Reply Begin(const Token& token) { return Send(Bio(0x01, cbor::Map{}, token)); }
  Reply Capture(const Bytes& id, const Token& token) {
    return Send(Bio(0x02, cbor::Map{{0x01, id}}, token));
  }
  /// A whole enrollment of `finger`; its template's ID.
  Bytes Enroll(const std::string& finger) {
    user_.finger = finger;
    const Token token = Permitted();
    const Reply begun = Begin(token);
    const Bytes id = IdIn(begun);
    for (int sample = 1; sample < 3; ++sample) {
      EXPECT_EQ(Capture(id, token).At(0x05), cbor::Value(0));
    }
    return id;
  }
  Bytes IdIn(const Reply& begun) {
    EXPECT_EQ(begun.status, Status::kOk);
    const Bytes* id = begun.At(0x04).AsBytes();
    return id == nullptr ? Bytes() : *id;
  }
  cbor::Value Option(std::string_view name) {
    const Reply info = SendRaw(Bytes{0x04});
    const cbor::Value* option = info.At(0x04).Find(name);
    return option == nullptr ? cbor::Value("absent") : *option;
  }
};

TEST_F(BioEnrollmentTest, AKeyWithoutSensorDoesNotKnowTheCommand) {
  config_.fingerprint.reset();
  ReplaceKey();
  EXPECT_EQ(SendRaw(Bytes{0x09, 0xA1, 0x06, 0xF5}).status, Status::kInvalidCommand);
  config_.fingerprint.emplace();
  ReplaceKey();
  EXPECT_EQ(SendRaw(Bytes{0x09, 0xA1, 0x06, 0xF5}).status, Status::kOk);
}

TEST_F(BioEnrollmentTest, ThePreviewIsTheSameCommandWhereThereIsOne) {
  EXPECT_EQ(SendRaw(Bytes{0x40, 0xA1, 0x06, 0xF5}).status, Status::kInvalidCommand);
  config_.fingerprint->has_preview = true;
  ReplaceKey();
  EXPECT_EQ(SendRaw(Bytes{0x40, 0xA1, 0x06, 0xF5}).At(0x01), cbor::Value(1));
  EXPECT_EQ(Option("userVerificationMgmtPreview"), cbor::Value(false));
  Request begin = Bio(0x01, cbor::Map{}, GetLegacyToken("1234"));
  begin.command = 0x40;
  EXPECT_EQ(Send(begin).status, Status::kOk) << "a pinToken opens it";
}

TEST_F(BioEnrollmentTest, TellsItsSensorWithoutAToken) {
  const Reply info = Send({0x09, {{0x01, 1}, {0x02, 0x07}}});
  EXPECT_EQ(cbor::Diagnose(info.body), "{2: 1, 3: 3, 8: 64}");
  EXPECT_TRUE(user_.asked.empty());
}

TEST_F(BioEnrollmentTest, AnEnrolledFingerTurnsUserVerificationOn) {
  EXPECT_EQ(Option("uv"), cbor::Value(false));
  EXPECT_EQ(Option("bioEnroll"), cbor::Value(false));
  const Token token = Permitted();
  const Reply begun = Begin(token);
  EXPECT_EQ(begun.At(0x05), cbor::Value(0));
  EXPECT_EQ(begun.At(0x06), cbor::Value(2));
  EXPECT_EQ(user_.asked, std::vector{GesturePurpose::kEnroll});
  const Bytes id = IdIn(begun);
  EXPECT_EQ(cbor::Diagnose(Capture(id, token).body), "{5: 0, 6: 1}");
  EXPECT_EQ(Option("uv"), cbor::Value(false)) << "not before the last sample";
  const Bytes whole = Enroll("thumb");
  EXPECT_EQ(Option("uv"), cbor::Value(true));
  EXPECT_EQ(Option("bioEnroll"), cbor::Value(true));
  EXPECT_EQ(Capture(whole, Permitted()).status, Status::kInvalidOption) << "it is complete";
  ReplaceKey();
  EXPECT_EQ(Option("uv"), cbor::Value(true)) << "the store remembers";
}

TEST_F(BioEnrollmentTest, ABadSampleIsToldAndDoesNotCount) {
  const Token token = Permitted();
  user_.fingers = {{.finger = "thumb", .sample = SampleStatus::kTooFast},
                   {.finger = "thumb"},
                   {.finger = "thumb", .sample = SampleStatus::kPoorQuality}};
  const Reply begun = Begin(token);
  EXPECT_EQ(begun.At(0x05), cbor::Value(5));
  EXPECT_EQ(begun.At(0x06), cbor::Value(3));
  const Bytes id = IdIn(begun);
  EXPECT_EQ(cbor::Diagnose(Capture(id, token).body), "{5: 0, 6: 2}");
  EXPECT_EQ(cbor::Diagnose(Capture(id, token).body), "{5: 7, 6: 2}");
}

TEST_F(BioEnrollmentTest, SamplesOfSeveralFingersDoNotMerge) {
  const Token token = Permitted();
  const Bytes id = IdIn(Begin(token));
  user_.finger = "index";
  EXPECT_EQ(cbor::Diagnose(Capture(id, token).body), "{5: 10, 6: 2}");
  user_.finger = "";
  EXPECT_EQ(cbor::Diagnose(Capture(id, token).body), "{5: 10, 6: 2}");
  user_.finger = "thumb";
  EXPECT_EQ(cbor::Diagnose(Capture(id, token).body), "{5: 0, 6: 1}");
}

TEST_F(BioEnrollmentTest, AFingerIsEnrolledOnce) {
  Enroll("thumb");
  const Reply again = Begin(Permitted());
  EXPECT_EQ(again.At(0x05), cbor::Value(11));
  EXPECT_EQ(again.At(0x06), cbor::Value(3));
  user_.finger = "index";
  EXPECT_EQ(Begin(Permitted()).At(0x05), cbor::Value(0));
}

TEST_F(BioEnrollmentTest, WithoutAFingerTheTimePassesAsAskedFor) {
  const Token token = Permitted();
  const Bytes id = IdIn(Begin(token));
  user_.outcome = GestureOutcome::kTimedOut;
  const Instant before = clock_.Now();
  EXPECT_EQ(cbor::Diagnose(Send(Bio(0x02, cbor::Map{{0x01, id}, {0x03, 1500}}, token)).body),
            "{5: 13, 6: 2}");
  EXPECT_EQ(clock_.Now() - before, milliseconds(1500));
  Capture(id, token);
  EXPECT_EQ(clock_.Now() - before, milliseconds(31500)) << "the key's own limit";
}

TEST_F(BioEnrollmentTest, TheUserMayDeclineAndThePlatformCancel) {
  const Token token = Permitted();
  const Bytes id = IdIn(Begin(token));
  user_.outcome = GestureOutcome::kCancelled;
  EXPECT_EQ(Capture(id, token).status, Status::kKeepaliveCancel);
  user_.outcome = GestureOutcome::kTouched;
  EXPECT_EQ(Capture(id, token).status, Status::kInvalidOption) << "a cancel ends the enrollment";
  user_.outcome = GestureOutcome::kDeclined;
  EXPECT_EQ(Begin(token).status, Status::kOperationDenied);
}

TEST_F(BioEnrollmentTest, CancelEndsTheEnrollmentAndNeedsNoToken) {
  const Token token = Permitted();
  const Bytes id = IdIn(Begin(token));
  const Request cancel{0x09, {{0x01, 1}, {0x02, 0x03}}};
  EXPECT_EQ(Send(cancel).status, Status::kOk);
  EXPECT_EQ(Capture(id, token).status, Status::kInvalidOption);
  EXPECT_EQ(Send(cancel).status, Status::kOk) << "also where there is none";
}

TEST_F(BioEnrollmentTest, AnEnrollmentEndsWithOtherCommandsChannelsAndTime) {
  const Token token = Permitted();
  Bytes id = IdIn(Begin(token));
  SendRaw(Bytes{0x04});
  EXPECT_EQ(Capture(id, token).status, Status::kInvalidOption);
  id = IdIn(Begin(token));
  EXPECT_EQ(Send(Bio(0x02, cbor::Map{{0x01, id}}, token), {.channel = 7}).status,
            Status::kInvalidOption);
  id = IdIn(Begin(token));
  clock_.Advance(seconds(31));
  EXPECT_EQ(Capture(id, token).status, Status::kInvalidOption);
  id = IdIn(Begin(token));
  clock_.Advance(seconds(29));
  EXPECT_EQ(Capture(id, token).status, Status::kOk);
}

TEST_F(BioEnrollmentTest, ADatabaseMayBeFull) {
  config_.fingerprint->max_templates = 1;
  ReplaceKey();
  const Bytes id = Enroll("thumb");
  user_.finger = "index";
  EXPECT_EQ(Begin(Permitted()).status, Status::kFpDatabaseFull);
  ASSERT_EQ(Send(Bio(0x06, cbor::Map{{0x01, id}}, Permitted())).status, Status::kOk);
  EXPECT_EQ(Begin(Permitted()).status, Status::kOk);
}

TEST_F(BioEnrollmentTest, TemplatesHaveNamesAndCanBeRemoved) {
  EXPECT_EQ(Send(Bio(0x04, {}, Permitted())).status, Status::kInvalidOption) << "none yet";
  const Bytes thumb = Enroll("thumb");
  const Bytes index = Enroll("index");
  EXPECT_EQ(Send(Bio(0x05, cbor::Map{{0x01, index}, {0x02, "left index"}}, Permitted())).status,
            Status::kOk);
  const Reply all = Send(Bio(0x04, {}, Permitted()));
  ASSERT_EQ(all.status, Status::kOk);
  EXPECT_EQ(all.At(0x07), cbor::Value(cbor::Array{cbor::Map{{0x01, thumb}},
                                                  cbor::Map{{0x01, index}, {0x02, "left index"}}}));
  EXPECT_EQ(Send(Bio(0x06, cbor::Map{{0x01, thumb}}, Permitted())).status, Status::kOk);
  EXPECT_EQ(Send(Bio(0x06, cbor::Map{{0x01, thumb}}, Permitted())).status, Status::kInvalidOption);
  EXPECT_EQ(Option("uv"), cbor::Value(true));
  EXPECT_EQ(Send(Bio(0x06, cbor::Map{{0x01, index}}, Permitted())).status, Status::kOk);
  EXPECT_EQ(Option("uv"), cbor::Value(false));
  EXPECT_EQ(Send(Bio(0x05, cbor::Map{{0x01, index}, {0x02, "gone"}}, Permitted())).status,
            Status::kInvalidOption);
}

TEST_F(BioEnrollmentTest, ANameMayHave64BytesWhichIsToldBeforeTheTokenIsJudged) {
  const Bytes id = Enroll("thumb");
  const auto rename = [&](std::size_t size, const Token& token) {
    const cbor::Map params = {{0x01, id}, {0x02, std::string(size, 'n')}};
    return Send(Bio(0x05, params, token)).status;
  };
  EXPECT_EQ(rename(65, {Status::kOk, 2, Bytes(32)}), Status::kInvalidLength);
  EXPECT_EQ(rename(64, {Status::kOk, 2, Bytes(32)}), Status::kPinAuthInvalid);
  EXPECT_EQ(rename(64, Permitted()), Status::kOk);
}

TEST_F(BioEnrollmentTest, EveryMemberIsAskedFor) {
  const Token token = Permitted();
  const Request begin = Bio(0x01, cbor::Map{}, token);
  EXPECT_EQ(Send(begin.Without(0x05)).status, Status::kPuatRequired);
  EXPECT_EQ(Send(begin.Without(0x01)).status, Status::kMissingParameter);
  EXPECT_EQ(Send(begin.Without(0x02)).status, Status::kMissingParameter);
  EXPECT_EQ(Send(begin.Without(0x04)).status, Status::kMissingParameter);
  EXPECT_EQ(Send(begin.With(0x04, 3)).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(begin.With(0x01, 2)).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(begin.With(0x02, 0x08)).status, Status::kInvalidSubcommand);
  for (const int names_one : {0x02, 0x05, 0x06}) {
    EXPECT_EQ(Send(Bio(names_one, cbor::Map{}, token)).status, Status::kMissingParameter);
  }
  EXPECT_EQ(Send(Bio(0x05, cbor::Map{{0x01, Bytes(8)}}, token)).status, Status::kMissingParameter);
  EXPECT_EQ(Send(begin).status, Status::kOk);
}

TEST_F(BioEnrollmentTest, TheTokenNeedsItsPermission) {
  const Token other = GetToken("1234", 0x04, std::nullopt);
  EXPECT_EQ(Begin(other).status, Status::kPinAuthInvalid);
  EXPECT_EQ(Send(Bio(0x04, {}, other)).status, Status::kPinAuthInvalid);
  EXPECT_EQ(Begin(Permitted()).status, Status::kOk);
  EXPECT_EQ(Begin({Status::kOk, 2, Bytes(32, 1)}).status, Status::kPinAuthInvalid);
}

}  // namespace
}  // namespace keyrig::authenticator
