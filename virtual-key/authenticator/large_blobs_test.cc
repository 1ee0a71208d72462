#include <span>

#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxFragment = 1768 - 64;

/// `content` as the array's bytes, with the hash that ends them.
Bytes Sealed(ByteView content) {
  const auto digest = crypto::Sha256(content);
  return Concat({content, ByteView(digest).first(16)});
}

class LargeBlobsTest : public AuthenticatorTest {
 protected:
  LargeBlobsTest() { config_.max_large_blob_array = 4096; }

  Request Get(std::uint64_t count, std::uint64_t offset = 0) const {
    return {0x0C, {{0x01, count}, {0x03, offset}}};
  }
  Request Set(ByteView fragment, std::uint64_t offset,
              std::optional<std::uint64_t> length = std::nullopt) const {
    Request request{0x0C, {{0x02, fragment}, {0x03, offset}}};
    return length ? request.With(0x04, *length) : request;
  }
  Request SetAll(const Bytes& array) const { return Set(array, 0, array.size()); }
  static Request AuthorizeWrite(const Request& request, const Token& token) {
    Bytes message(32, 0xFF);
    Append(message, Bytes{0x0C, 0x00});
    std::uint64_t offset = 0;
    ByteArray<32> digest{};
    for (const auto& [key, value] : request.members) {
      if (key.AsInt() == 0x03) offset = value.AsUnsigned().value();
      if (key.AsInt() == 0x02) digest = crypto::Sha256(*value.AsBytes());
    }
    for (int i = 0; i < 4; ++i) {
      message.push_back(static_cast<std::uint8_t>(offset));
      offset >>= 8;
    }
    Append(message, digest);
    return request.With(0x05, AuthenticateWithToken(token.protocol, token.value, message))
        .With(0x06, token.protocol);
  }
  /// The whole array, read piece by piece.
  Bytes Read() {
    Bytes all;
    while (true) {
      const Reply reply = Send(Get(100, all.size()));
      EXPECT_EQ(reply.status, Status::kOk);
      const Bytes* piece = reply.At(0x01).AsBytes();
      if (piece == nullptr || piece->empty()) return all;
      Append(all, *piece);
    }
  }

  const Bytes small_ = Sealed(Bytes{0x81, 0xA0});
  const Bytes large_ = Sealed(Bytes(2500, 0x42));
};

TEST_F(LargeBlobsTest, StartsWithAnEmptyArray) {
  EXPECT_EQ(ToHex(Read()), "8076be8b528d0075f7aae98d6fa57a6d3c");
}

TEST_F(LargeBlobsTest, GivesBackWhatWasWritten) {
  EXPECT_EQ(Send(SetAll(small_)).status, Status::kOk);
  EXPECT_EQ(Read(), small_);
  ReplaceKey();
  EXPECT_EQ(Read(), small_);
}

TEST_F(LargeBlobsTest, IsWrittenInFragments) {
  const ByteView all = large_;
  ASSERT_EQ(Send(Set(all.first(1000), 0, all.size())).status, Status::kOk);
  ASSERT_EQ(Send(Set(all.subspan(1000, 1000), 1000)).status, Status::kOk);
  EXPECT_EQ(Read().size(), 17U) << "nothing is there before all of it is";
  ASSERT_EQ(Send(Set(all.subspan(2000), 2000)).status, Status::kOk);
  EXPECT_EQ(Read(), large_);
}

TEST_F(LargeBlobsTest, ReadsWhatIsLeftAndNoMore) {
  ASSERT_EQ(Send(SetAll(small_)).status, Status::kOk);
  EXPECT_EQ(*Send(Get(5, 2)).At(0x01).AsBytes(), ToBytes(ByteView(small_).subspan(2, 5)));
  EXPECT_EQ(Send(Get(100, 10)).At(0x01).AsBytes()->size(), small_.size() - 10);
  EXPECT_EQ(Send(Get(0)).At(0x01), cbor::Value(Bytes()));
  EXPECT_EQ(Send(Get(1, small_.size())).At(0x01), cbor::Value(Bytes()));
  EXPECT_EQ(Send(Get(1, small_.size() + 1)).status, Status::kInvalidParameter);
}

TEST_F(LargeBlobsTest, AFragmentIsSixtyFourBytesShorterThanAMessage) {
  EXPECT_EQ(Send(Get(kMaxFragment)).status, Status::kOk);
  EXPECT_EQ(Send(Get(kMaxFragment + 1)).status, Status::kInvalidLength);
  const ByteView all = large_;
  EXPECT_EQ(Send(Set(all.first(kMaxFragment), 0, all.size())).status, Status::kOk);
  EXPECT_EQ(Send(Set(all.first(kMaxFragment + 1), 0, all.size())).status, Status::kInvalidLength);
}

TEST_F(LargeBlobsTest, ReadsOrWritesAtAnOffset) {
  EXPECT_EQ(Send(Get(1).Without(0x03)).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(Get(1).With(0x02, Bytes{1})).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(Get(1).Without(0x01)).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(Get(1)).status, Status::kOk);
}

TEST_F(LargeBlobsTest, ReadingTakesNothingElse) {
  EXPECT_EQ(Send(Get(1).With(0x04, 17)).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(Get(1).With(0x05, Bytes(32))).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(Get(1).With(0x06, 2)).status, Status::kInvalidParameter);
}

TEST_F(LargeBlobsTest, TheFirstFragmentSaysTheLength) {
  EXPECT_EQ(Send(SetAll(small_).Without(0x04)).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(Set(small_, 0, 16)).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(Set(small_, 0, 4096)).status, Status::kOk);
  EXPECT_EQ(Send(Set(small_, 0, 4097)).status, Status::kLargeBlobStorageFull);
}

TEST_F(LargeBlobsTest, LaterFragmentsSayNone) {
  ASSERT_EQ(Send(Set(ByteView(large_).first(100), 0, large_.size())).status, Status::kOk);
  EXPECT_EQ(Send(Set(ByteView(large_).subspan(100, 100), 100, large_.size())).status,
            Status::kInvalidParameter);
  EXPECT_EQ(Send(Set(ByteView(large_).subspan(100, 100), 100)).status, Status::kOk);
}

TEST_F(LargeBlobsTest, FragmentsFollowOneAnother) {
  const auto fragment = [&](std::size_t offset) {
    return Send(Set(ByteView(large_).subspan(offset, 100), offset)).status;
  };
  EXPECT_EQ(fragment(100), Status::kInvalidSeq) << "none has begun";
  ASSERT_EQ(Send(Set(ByteView(large_).first(100), 0, large_.size())).status, Status::kOk);
  EXPECT_EQ(fragment(200), Status::kInvalidSeq);
  EXPECT_EQ(fragment(100), Status::kOk);
  EXPECT_EQ(fragment(100), Status::kInvalidSeq);
}

TEST_F(LargeBlobsTest, NoFragmentGoesBeyondTheLength) {
  EXPECT_EQ(Send(Set(small_, 0, small_.size() - 1)).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(Set(small_, 0, small_.size())).status, Status::kOk);
}

TEST_F(LargeBlobsTest, AWrongHashKeepsTheArrayBefore) {
  ASSERT_EQ(Send(SetAll(small_)).status, Status::kOk);
  Bytes broken = large_;
  broken.back() ^= 1;
  ASSERT_EQ(Send(Set(ByteView(broken).first(1500), 0, broken.size())).status, Status::kOk);
  EXPECT_EQ(Send(Set(ByteView(broken).subspan(1500), 1500)).status, Status::kIntegrityFailure);
  EXPECT_EQ(Read(), small_);
  EXPECT_EQ(Send(Set(ByteView(large_).subspan(1500), 1500)).status, Status::kInvalidSeq)
      << "the write is over";
}

/// A write has begun; what may come before its second half?
class LargeBlobWriteTest : public LargeBlobsTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(Send(Set(ByteView(large_).first(1500), 0, large_.size())).status, Status::kOk);
  }
  Status Finish(const Transaction& transaction = {}) {
    return Send(Set(ByteView(large_).subspan(1500), 1500), transaction).status;
  }
};

TEST_F(LargeBlobWriteTest, ThirtySeconds) {
  clock_.Advance(seconds(30));
  EXPECT_EQ(Finish(), Status::kOk);
}

TEST_F(LargeBlobWriteTest, NotThirtyOne) {
  clock_.Advance(seconds(31));
  EXPECT_EQ(Finish(), Status::kInvalidSeq);
}

TEST_F(LargeBlobWriteTest, Reading) {
  EXPECT_EQ(Send(Get(10)).status, Status::kOk);
  EXPECT_EQ(Finish(), Status::kOk);
}

TEST_F(LargeBlobWriteTest, NoOtherCommand) {
  SendRaw(Bytes{0x04});
  EXPECT_EQ(Finish(), Status::kInvalidSeq);
}

TEST_F(LargeBlobWriteTest, NotGetNextAssertion) {
  EXPECT_EQ(SendRaw(Bytes{0x08}).status, Status::kNotAllowed);
  EXPECT_EQ(Finish(), Status::kInvalidSeq);
}

TEST_F(LargeBlobWriteTest, NoOtherChannel) {
  EXPECT_EQ(Finish({.channel = 7, .stop = {}}), Status::kInvalidSeq);
}

TEST_F(LargeBlobWriteTest, NoPowerCycle) {
  Key().PowerCycle();
  EXPECT_EQ(Finish(), Status::kInvalidSeq);
  EXPECT_EQ(Read().size(), 17U);
}

TEST_F(LargeBlobsTest, AnEnumerationEndsWithIt) {
  ASSERT_EQ(Send(RegisterDiscoverable("example.com", "adele")).status, Status::kOk);
  ASSERT_EQ(Send(RegisterDiscoverable("example.com", "bob")).status, Status::kOk);
  ASSERT_EQ(Send(SignIn()).At(0x05), cbor::Value(2));
  ASSERT_EQ(Send(Get(1)).status, Status::kOk);
  EXPECT_EQ(SendRaw(Bytes{0x08}).status, Status::kNotAllowed);
}

TEST_F(LargeBlobsTest, AProtectedKeyWantsAToken) {
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  EXPECT_EQ(Send(SetAll(small_)).status, Status::kPuatRequired);
  for (const int protocol : {1, 2}) {
    const Bytes array = Sealed(Bytes(static_cast<std::size_t>(protocol), 0x80));
    const Token token = GetToken("1234", 0x10, std::nullopt, protocol);
    ASSERT_EQ(token.status, Status::kOk);
    const Request write = AuthorizeWrite(SetAll(array), token);
    EXPECT_EQ(Send(write.Without(0x06)).status, Status::kMissingParameter);
    EXPECT_EQ(Send(write.With(0x06, 9)).status, Status::kInvalidParameter);
    EXPECT_EQ(Send(write).status, Status::kOk);
    EXPECT_EQ(Read(), array);
  }
}

TEST_F(LargeBlobsTest, TheTokenAllowsThisFragmentAtThisPlace) {
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  const Token token = GetToken("1234", 0x10, std::nullopt);
  const Request other = AuthorizeWrite(SetAll(Sealed(Bytes{1})), token);
  EXPECT_EQ(Send(other.With(0x02, small_).With(0x04, small_.size())).status,
            Status::kPinAuthInvalid);
  const ByteView all = large_;
  ASSERT_EQ(Send(AuthorizeWrite(Set(all.first(300), 0, all.size()), token)).status, Status::kOk);
  const Request elsewhere = AuthorizeWrite(Set(all.subspan(300, 100), 0), token);
  EXPECT_EQ(Send(elsewhere.With(0x03, 300)).status, Status::kPinAuthInvalid);
  EXPECT_EQ(Send(AuthorizeWrite(Set(all.subspan(300, 100), 300), token)).status, Status::kOk);
}

TEST_F(LargeBlobsTest, TheTokenNeedsThePermission) {
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  EXPECT_EQ(Send(AuthorizeWrite(SetAll(small_), GetToken("1234", 0x04, std::nullopt))).status,
            Status::kPinAuthInvalid);
  EXPECT_EQ(Send(AuthorizeWrite(SetAll(small_), GetToken("1234", 0x14, std::nullopt))).status,
            Status::kOk);
}

TEST_F(LargeBlobsTest, ATouchLeavesThePermission) {
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  const Token token = GetToken("1234", 0x11, "example.com");
  ASSERT_EQ(Send(Authorize(Register(), token)).status, Status::kOk);
  EXPECT_EQ(Send(AuthorizeWrite(SetAll(small_), token)).status, Status::kOk);
}

TEST_F(LargeBlobsTest, TheWriteEndsWithItsToken) {
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  const Token token = GetToken("1234", 0x10, std::nullopt);
  const ByteView all = large_;
  const auto write = [&](std::size_t offset, std::optional<std::uint64_t> length) {
    return Send(AuthorizeWrite(Set(all.subspan(offset, 100), offset, length), token)).status;
  };
  ASSERT_EQ(write(0, all.size()), Status::kOk);
  for (std::size_t offset = 100; offset < 2000; offset += 100) {
    clock_.Advance(seconds(30));
    ASSERT_EQ(write(offset, std::nullopt), Status::kOk) << offset;
  }
  clock_.Advance(seconds(30));
  EXPECT_EQ(write(2000, std::nullopt), Status::kInvalidSeq) << "600 s after it was begun";
}

TEST_F(LargeBlobsTest, ReadingNeedsNoToken) {
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  EXPECT_EQ(Read().size(), 17U);
}

TEST_F(LargeBlobsTest, ResetBringsTheEmptyArrayBack) {
  ASSERT_EQ(Send(SetAll(small_)).status, Status::kOk);
  ASSERT_EQ(SendRaw(Bytes{0x07}).status, Status::kOk);
  EXPECT_EQ(Read().size(), 17U);
}

TEST_F(LargeBlobsTest, TellsHowMuchItHolds) {
  const Reply info = SendRaw(Bytes{0x04});
  EXPECT_EQ(info.At(0x0B), cbor::Value(4096));
  EXPECT_EQ(*info.At(0x04).Find("largeBlobs"), cbor::Value(true));
}

TEST_F(LargeBlobsTest, AKeyWithoutThemHasNoSuchCommand) {
  config_.max_large_blob_array.reset();
  EXPECT_EQ(Send(Get(1)).status, Status::kInvalidCommand);
  const Reply info = SendRaw(Bytes{0x04});
  EXPECT_TRUE(info.At(0x0B).IsNull());
  EXPECT_EQ(info.At(0x04).Find("largeBlobs"), nullptr);
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  EXPECT_EQ(GetToken("1234", 0x10, std::nullopt).status, Status::kUnauthorizedPermission);
}

}  // namespace
}  // namespace keyrig::authenticator
