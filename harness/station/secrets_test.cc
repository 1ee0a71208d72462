#include "harness/station/secrets.h"

#include <gmock/gmock.h>

namespace keyrig::station {
namespace {

using testing::ElementsAre;

TEST(SecretsTest, LeavesTextWithoutSecretsAlone) {
  const std::vector<EventField> fields = {{"url", "https://graph.microsoft.com/"}};
  EXPECT_EQ(Secrets().Conceal(fields), fields);
}

TEST(SecretsTest, MarksASecretWhereverItStandsAndGivesItAField) {
  Secrets secrets;
  secrets.Learn("password", "Blue+Harbour");
  EXPECT_THAT(
      secrets.Conceal({{"body", "passwd=Blue%2BHarbour"}, {"echo", "a Blue+Harbour b"}}),
      ElementsAre(EventField{"body", "passwd=[password]"}, EventField{"echo", "a [password] b"},
                  EventField{"password", "Blue+Harbour", true}));
}

TEST(SecretsTest, ReplacesTheLongerOfTwoThatOverlap) {
  Secrets secrets;
  secrets.Learn("code", "abcdefgh");
  secrets.Learn("access_token", "abcdefgh.ijklmnop");
  EXPECT_THAT(secrets.Conceal({{"body", "abcdefgh.ijklmnop"}}),
              ElementsAre(EventField{"body", "[access_token]"},
                          EventField{"access_token", "abcdefgh.ijklmnop", true}));
}

TEST(SecretsTest, KnowsSecretsByTheirNames) {
  Secrets secrets;
  secrets.LearnFields({{"passwd", "password1"}, {"login", "adele@contoso"}});
  secrets.LearnJson(R"({"a": [{"access_token": "token-1"}], "error": {"code": "accessDenied"}})");
  secrets.LearnCookie("ESTSAUTH=cookie-1; path=/");
  const auto fields =
      secrets.Conceal({{"all", "password1 adele@contoso token-1 accessDenied cookie-1"}});
  EXPECT_EQ(fields.front().value,
            "[passwd] adele@contoso [access_token] accessDenied [cookie ESTSAUTH]");
}

TEST(SecretsTest, DoesNotMistakeShortWordsForSecrets) {
  Secrets secrets;
  secrets.Learn("code", "1");
  EXPECT_THAT(secrets.Conceal({{"body", "10"}}), ElementsAre(EventField{"body", "10"}));
}

}  // namespace
}  // namespace keyrig::station
