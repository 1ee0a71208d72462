#include "harness/device/physical_key.h"

#include <gmock/gmock.h>

#include "harness/device/memory_key_fixture.h"

namespace keyrig::device {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class PhysicalKeyTest : public MemoryKeyFixture {
 protected:
  std::string Refusal(std::optional<Aaguid> owned = std::nullopt) {
    Fido2Key key = Open();
    const auto allowed = MayUsePhysicalKey(key, kRp, owned);
    return allowed ? "" : allowed.error().message;
  }
};

TEST_F(PhysicalKeyTest, RefusesAKeyThatCannotBeAskedWhatItHolds) {
  const Aaguid own = Open().GetInfo()->aaguid;
  EXPECT_THAT(Refusal(), HasSubstr("does not tell which credentials it holds"));
  EXPECT_THAT(Refusal(), HasSubstr("--i-own-this-key " + own.Text()));
  EXPECT_EQ(Refusal(own), "");
}

TEST_F(PhysicalKeyTest, NamesTheCredentialThatItFinds) {
  VirtualKeyOptions options;
  options.config.versions = {authenticator::Version::kFido20};
  options.config.has_client_pin = false;
  PlugIn(std::move(options));
  Fido2Key key = Open();
  MakeCredentialRequest request = Registration();
  request.pin.reset();
  ASSERT_TRUE(key.MakeCredential(request));
  EXPECT_THAT(Refusal(), HasSubstr("holds a credential of " + kRp.text));
}

TEST_F(PhysicalKeyTest, UsesAKeyThatKeepsNoCredentials) {
  VirtualKeyOptions options;
  options.config.has_resident_keys = false;
  PlugIn(std::move(options));
  EXPECT_EQ(Refusal(), "");
}

TEST_F(PhysicalKeyTest, RefusesAKeyWithAPinUntilItsModelIsNamed) {
  Fido2Key key = Open();
  ASSERT_TRUE(key.SetPin(kPin));
  const Aaguid own = key.GetInfo()->aaguid;
  EXPECT_THAT(Refusal(), HasSubstr("holds a PIN"));
  EXPECT_THAT(Refusal(), HasSubstr("--i-own-this-key " + own.Text()));
  EXPECT_EQ(Refusal(own), "");
}

TEST_F(PhysicalKeyTest, RefusesAnotherModelThanTheOneNamed) {
  Aaguid other;
  other.bytes.fill(0x5A);
  EXPECT_THAT(Refusal(other), HasSubstr("names " + other.Text()));
}

TEST_F(PhysicalKeyTest, NeverTouchesNorTriesAPin) {
  Fido2Key key = Open();
  Register(key);
  ASSERT_TRUE(memory_->Control().SetGesture({Gesture::kNever, Duration(0)}));
  EXPECT_NE(Refusal(), "");
  EXPECT_EQ(key.PinRetries().value(), 8);
  for (const Event& event : events_.Events()) EXPECT_NE(event.kind, "key.touch_expired");
}

class CreatedCredentialsTest : public MemoryKeyFixture {
 protected:
  CreatedCredentials::OpenKey Opener() {
    return [this] { return Fido2Key::OpenPort(memory_->Open(), rng_, events_, "station"); };
  }
  std::vector<CredentialId> OnTheKey() { return Open().DiscoverableCredentials(kRp, kPin).value(); }
};

TEST_F(CreatedCredentialsTest, OpensNoKeyWhenNothingWasMade) {
  CreatedCredentials created([]() -> Result<Fido2Key, Error> { return Fail("not to be opened"); });
  EXPECT_EQ(created.DeleteAll().value(), 0u);
}

TEST_F(CreatedCredentialsTest, DeletesWhatWasMadeAndNothingElse) {
  Fido2Key key = Open();
  const MadeCredential before = Register(key, "before");
  CreatedCredentials created(Opener());
  created.Note(Register(key, "adele").id, kPin);
  created.Note(Register(key, "alex").id, kPin);
  EXPECT_EQ(created.DeleteAll().value(), 2u);
  EXPECT_EQ(created.Count(), 0u);
  EXPECT_THAT(OnTheKey(), testing::ElementsAre(before.id));
}

TEST_F(CreatedCredentialsTest, DeletesAtTheEndOfTheRunAfterAFailure) {
  Fido2Key key = Open();
  {
    CreatedCredentials created(Opener());
    created.Note(Register(key).id, kPin);
  }
  EXPECT_THAT(OnTheKey(), IsEmpty());
}

TEST_F(CreatedCredentialsTest, CountsWhatIsGoneAsDeleted) {
  Fido2Key key = Open();
  CreatedCredentials created(Opener());
  const MadeCredential made = Register(key);
  created.Note(made.id, kPin);
  ASSERT_TRUE(key.DeleteCredential(made.id, kPin));
  EXPECT_EQ(created.DeleteAll().value(), 1u);
}

TEST_F(CreatedCredentialsTest, NamesWhatIsStillOnTheKey) {
  Fido2Key key = Open();
  CreatedCredentials created(Opener());
  const MadeCredential made = Register(key);
  created.Note(made.id, "000000");
  const auto deleted = created.DeleteAll();
  ASSERT_FALSE(deleted);
  EXPECT_THAT(deleted.error().message, HasSubstr(ToHex(made.id.bytes) + " (PIN_INVALID)"));
  EXPECT_EQ(created.Count(), 1u);
}

}  // namespace
}  // namespace keyrig::device
