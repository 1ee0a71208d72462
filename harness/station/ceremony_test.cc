#include "harness/station/ceremony.h"

#include <gmock/gmock.h>

#include "harness/device/memory_key_fixture.h"

namespace keyrig::station {
namespace {

using testing::HasSubstr;

template <typename T>
std::string TextOf(const Walk<T>& walk) {
  if (walk) return "done";
  if (const auto* outcome = std::get_if<Outcome>(&walk.error())) return outcome->Text();
  return "error: " + std::get<Error>(walk.error()).message;
}

class CeremonyTest : public device::MemoryKeyFixture {
 protected:
  void SetUp() override {
    MemoryKeyFixture::SetUp();
    person_ = device::ScriptedOperator(memory_->Control());
    ceremonies_ = std::make_unique<Ceremonies>(
        [this] { return device::Fido2Key::OpenPort(memory_->Open(), rng_, events_, "station"); },
        *person_, "the key", nullptr);
  }

  static Url PageOn(const std::string& host) {
    return Url::Parse("https://" + host + "/x").value();
  }

  static CreationOptions Creating(const std::string& user = "adele") {
    CreationOptions options;
    options.challenge = ToBytes("challenge");
    options.rp = kRp;
    options.user.bytes = ToBytes("handle of " + user);
    options.user_name = user;
    options.algorithms = {CoseAlgorithm::kEs256};
    options.hmac_secret = true;
    return options;
  }
  static RequestOptions Requesting() { return {ToBytes("challenge"), kRp, {}}; }
  static Presence Touching(std::string user = {}) {
    return {kPin, Gesture::kTouch, std::move(user)};
  }

  const Url page_ = PageOn("login.microsoft.com");
  std::unique_ptr<device::Operator> person_;
  std::unique_ptr<Ceremonies> ceremonies_;
};

TEST(ClientDataTest, IsSerialisedAsTheSpecificationHasIt) {
  EXPECT_EQ(ClientDataJson("webauthn.create", ViewOf("\xFF?"), "https://login.microsoft.com"),
            R"({"type":"webauthn.create","challenge":"_z8","origin":"https://login.microsoft.com",)"
            R"("crossOrigin":false})");
}

TEST(ClaimTest, AllowsAHostItsOwnDomains) {
  EXPECT_TRUE(MayClaim({"login.microsoft.com"}, "login.microsoft.com"));
  EXPECT_TRUE(MayClaim({"microsoft.com"}, "login.microsoft.com"));
  EXPECT_FALSE(MayClaim({"login.microsoft.com"}, "microsoft.com"));
  EXPECT_FALSE(MayClaim({"login.microsoft.com"}, "evil-login.microsoft.com"));
  EXPECT_FALSE(MayClaim({""}, "login.microsoft.com"));
}

TEST_F(CeremonyTest, CreatesThePinAndTheCredential) {
  const auto created = ceremonies_->Create(page_, Creating(), Touching());
  ASSERT_TRUE(created) << TextOf(created);
  EXPECT_TRUE(created->hmac_secret);
  EXPECT_FALSE(created->backup_eligible);
  EXPECT_THAT(created->client_data_json, HasSubstr("webauthn.create"));
  EXPECT_TRUE(Open().GetInfo()->client_pin.value());
}

TEST_F(CeremonyTest, AsksForTheOldPinWhereThereIsOne) {
  ASSERT_TRUE(Open().SetPin("654321"));
  EXPECT_EQ(TextOf(ceremonies_->Create(page_, Creating(), Touching())), "ctap PIN_INVALID");
}

TEST_F(CeremonyTest, RefusesToSignInWithoutAPin) {
  EXPECT_EQ(TextOf(ceremonies_->Get(page_, Requesting(), Touching())), "ctap PIN_NOT_SET");
}

TEST_F(CeremonyTest, KeepsAForeignPageFromTheKey) {
  const Url foreign = PageOn("login.microsoft.com.example");
  EXPECT_THAT(TextOf(ceremonies_->Create(foreign, Creating(), Touching())),
              HasSubstr("error: SecurityError"));
  EXPECT_THAT(TextOf(ceremonies_->Get(foreign, Requesting(), Touching())),
              HasSubstr("error: SecurityError"));
  EXPECT_EQ(Transactions().size(), 0u);
}

TEST_F(CeremonyTest, PicksThePersonsOwnAccount) {
  ASSERT_TRUE(ceremonies_->Create(page_, Creating("adele"), Touching()));
  ASSERT_TRUE(ceremonies_->Create(page_, Creating("alex"), Touching()));
  for (const std::string user : {"adele", "alex"}) {
    const auto assertion = ceremonies_->Get(page_, Requesting(), Touching(user));
    ASSERT_TRUE(assertion) << TextOf(assertion);
    EXPECT_EQ(assertion->made.user_handle->bytes, ToBytes("handle of " + user));
  }
}

TEST_F(CeremonyTest, SaysThatThereIsNoKey) {
  ASSERT_TRUE(memory_->Control().Unplug());
  EXPECT_THAT(TextOf(ceremonies_->Create(page_, Creating(), Touching())),
              HasSubstr("not plugged in"));
}

}  // namespace
}  // namespace keyrig::station
