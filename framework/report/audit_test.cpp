#include "framework/report/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <fstream>

#include "framework/base/temporary_folder.h"

namespace motive {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

Result<AuditTable> read(const std::string& text, const AuditOptions& options = {}) {
  const test::TemporaryFolder folder;
  const Path file = folder.path() / "t.csv";
  std::ofstream(file, std::ios::binary) << text;
  return read_audit_table(file, options);
}

Audit audited(const std::string& text, const AuditOptions& options = {}) {
  auto table = read(text, options);
  if (!table) {
    ADD_FAILURE() << table.error().message;
    return {};
  }
  return audit(std::move(*table), options);
}

using Words = std::vector<std::string>;

Words violations(const std::string& text, const AuditOptions& options = {}) {
  Words all;
  for (const CellAudit& cell : audited(text, options).cells) {
    all.insert(all.end(), cell.violations.begin(), cell.violations.end());
  }
  return all;
}

/// The error, from the file's name on.
std::string refusal(const std::string& text) {
  const auto table = read(text);
  if (table) return "it was read";
  EXPECT_EQ(table.error().kind, ErrorKind::kInvalid);
  const std::string& message = table.error().message;
  return message.substr(std::min(message.find("t.csv"), message.size()));
}

TEST(PrintedNumber, StandsForAllThatPrintsAsItDoes) {
  const struct {
    const char* text;
    double low, high;
    int decimals;
  } cases[] = {{"0.40", .395, .405, 2},        {".40", .395, .405, 2},        {"0.4", .35, .45, 1},
               {"0.0320", .03195, .03205, 4},  {"1", .5, 1.5, 0},             {"40.1%", .4005, .4015, 3},
               {"4e-05", 3.5e-05, 4.5e-05, 5}, {"1.5E-3", .00145, .00155, 4}, {"+0.5", .45, .55, 1},
               {"-0.5", -.55, -.45, 1}};
  for (const auto& c : cases) {
    const auto number = printed_number(c.text);
    ASSERT_TRUE(number) << c.text;
    EXPECT_NEAR(number->low, c.low, 1e-15) << c.text;
    EXPECT_NEAR(number->high, c.high, 1e-15) << c.text;
    EXPECT_EQ(number->decimals, c.decimals) << c.text;
  }
  EXPECT_NEAR(printed_number("40.1", true)->low, .4005, 1e-15);
  EXPECT_TRUE(printed_number("0.4", false, true)->exact());
}

TEST(PrintedNumber, RefusesWhatIsNone) {
  for (const char* text : {"", ".", "-", "abc", "0.1.2", "0,1", "0.1*", "inf", "nan", "1e", "1e999", "0x1p3", "1 2", "--1",
                           "+-1", "1e99999999999", "%"}) {
    EXPECT_FALSE(printed_number(text)) << text;
  }
}

TEST(Audit, NdcgIsBoundByHr) {
  EXPECT_THAT(violations("model,hr@5,ndcg@5\nx,0.15,0.016\n"),
              ElementsAre("NDCG@5 0.016 is below 0.3869 x HR@5 0.15 = 0.0580 (beyond rounding by 0.04)"));
  EXPECT_THAT(violations("model,hr@5,ndcg@5\nx,0.150,0.170\n"),
              ElementsAre("NDCG@5 0.170 is above HR@5 0.150 (beyond rounding by 0.019)"));
  EXPECT_THAT(violations("model,hr@5,ndcg@5\nx,0.15,0.16\n"), IsEmpty());  // both may be 0.155
  EXPECT_THAT(violations("model,hr@5,ndcg@5\nx,0.15,0.161\n").size(), 1);
}

TEST(Audit, IncrementsAreBoundToo) {
  const std::string header = "model,hr@5,ndcg@5,hr@10,ndcg@10\n";
  EXPECT_THAT(violations(header + "x,0.540,0.339,0.709,0.358\n"),
              ElementsAre("NDCG grows by 0.019 from @5 to @10, below 0.2891 x HR's growth 0.169 = 0.0489 "
                          "(beyond rounding by 0.029)"));
  EXPECT_THAT(violations(header + "x,0.3572,0.2735,0.4604,0.3113\n").size(), 1);
  EXPECT_THAT(violations(header + "x,0.488,0.2890,0.684,0.3518\n"), IsEmpty());
  EXPECT_THAT(violations(header + "x,0.5365,0.4915,0.5307,0.4927\n"),
              ElementsAre("HR@10 0.5307 is below HR@5 0.5365 (beyond rounding by 0.0057)"));
  // A gap that no neighbouring cutoff shows: from 1 to 10, with nothing printed between for NDCG.
  EXPECT_THAT(violations("model,hr@1,ndcg@1,hr@10,ndcg@10\nx,0.100,0.100,0.300,0.300\n"),
              ElementsAre(HasSubstr("NDCG grows by 0.200 from @1 to @10, above 0.6309 x HR's growth")));
}

TEST(Audit, RangesOfValues) {
  EXPECT_THAT(violations("model,hr@5\nx,54.0\n"), ElementsAre("HR@5 54.0 is above 1 (if it is in percent: --percent)"));
  EXPECT_THAT(violations("model,hr@5\nx,54.0\n", {.percent = true}), IsEmpty());
  EXPECT_THAT(violations("model,hr@5\nx,54.0%\ny,101%\n"), ElementsAre("HR@5 101% is above 100 %"));
  EXPECT_THAT(violations("model,mrr\nx,-0.2\n"), ElementsAre("MRR -0.2 is below 0"));
  EXPECT_THAT(violations("model,hr@5\nx,-0.0\ny,1.0\n"), IsEmpty());
}

TEST(Audit, MrrIsBoundByHrAndNdcg) {
  EXPECT_THAT(violations("model,hr@10,mrr@10\nx,0.500,0.040\n"), ElementsAre(HasSubstr("below 0.1000 x HR@10 0.500")));
  EXPECT_THAT(violations("model,hr@10,mrr@10\nx,0.500,0.600\n"), ElementsAre(HasSubstr("above HR@10")));
  EXPECT_THAT(violations("model,ndcg@10,mrr@10\nx,0.500,0.600\n"), ElementsAre(HasSubstr("above NDCG@10")));
  EXPECT_THAT(violations("model,ndcg@10,mrr@10\nx,0.500,0.100\n"), ElementsAre(HasSubstr("below 0.3459 x NDCG@10")));
  // Each pair fits, the three do not: half the users at rank 1 and half at 10 are the most MRR for their NDCG.
  const double ndcg = .5 + .5 / std::log2(11), mrr = .5 + .5 / 10;
  const auto row = [&](double m) { return fmt::format("model,hr@10,ndcg@10,mrr@10\nx,1.000000,{:.6f},{:.6f}\n", ndcg, m); };
  EXPECT_THAT(violations(row(mrr)), IsEmpty());
  EXPECT_THAT(violations(row(mrr + .001)), ElementsAre(HasSubstr("MRR@10 0.551000 is too large for HR@10 1.000000")));
  EXPECT_THAT(violations(row(.41)), ElementsAre(HasSubstr("too small")));
}

TEST(Audit, MrrWithoutCutoff) {
  const std::string header = "model,hr@10,ndcg@10,mrr@10,mrr\n";
  EXPECT_THAT(violations(header + "x,0.500,0.300,0.240,0.280\n"), IsEmpty());
  EXPECT_THAT(violations(header + "x,0.500,0.300,0.240,0.200\n"), ElementsAre(HasSubstr("MRR 0.200 is below MRR@10 0.240")));
  EXPECT_THAT(violations("model,hr@10,mrr\nx,0.500,0.040\n"), ElementsAre(HasSubstr("is below HR@10 0.500 / 10 = 0.0500")));
  EXPECT_THAT(violations("model,hr@10,mrr\nx,0.500,0.550\n"),
              ElementsAre(HasSubstr("is above 0.5455, the most with HR@10 0.500 and all others at rank 11")));
  EXPECT_THAT(violations("model,hr@10,ndcg@10,mrr\nx,0.500,0.300,0.400\n"), ElementsAre(HasSubstr("MRR 0.400 is too large")));
}

TEST(Audit, WholeNumbersOfUsers) {
  const std::string text = "model,hr@5\nx,0.333\ny,0.250\n";
  EXPECT_THAT(violations(text, {.users = 100}),
              ElementsAre("HR@5 0.333 is no whole number of users among 100: 33 are 0.330000, 34 are 0.340000"));
  EXPECT_THAT(violations(text, {.users = 300}), IsEmpty());
  EXPECT_THAT(violations(text, {.users = 100, .seeds = 3}), IsEmpty());
  EXPECT_THAT(violations("model,hr@5\nx,1.00\ny,0.00\n", {.users = 7}), IsEmpty());
}

TEST(Audit, BelowChanceIsARemark) {
  const std::string text =
      "dataset,model,protocol,metric,k,value,users\n"
      "d,x,\"sampled(29,uniform,catalogue)\",hr,5,0.150,100\n"
      "d,y,\"sampled(29,uniform,catalogue)\",hr,5,0.050,100\n"
      "d,z,full,hr,5,0.010,100\n";
  const Audit result = audited(text);
  EXPECT_EQ(result.impossible(), 0u);
  EXPECT_THAT(result.cells[0].remarks, IsEmpty());  // within two standard errors of 100 users
  EXPECT_THAT(result.cells[1].remarks, ElementsAre("below chance among 1+29: HR@5 0.050 (0.1667)"));
  EXPECT_THAT(result.cells[2].remarks, IsEmpty());
  EXPECT_THAT(audited("model,hr@5\nx,0.150\n", {.negatives = 29}).cells[0].remarks.size(), 1);
}

TEST(Audit, SeveralPositivesCannotBeAudited) {
  const Audit result = audited(
      "model,hr@10,ndcg@10,recall@10,precision@10\nx,0.7199,0.01,0.1776,0.1779\ny,0.40,0.20,0.40,0.04\nz,,0.20,0.40,\nw,,,,\n");
  EXPECT_EQ(result.cells[0].not_auditable, "Recall@10 0.1776 is not HR@10 0.7199: several positives a user");
  EXPECT_EQ(result.cells[1].not_auditable, "");
  EXPECT_EQ(result.cells[2].not_auditable, "Recall@10 without HR@10: several positives a user");
  EXPECT_EQ(result.cells[3].not_auditable, "no numbers");
  EXPECT_EQ(audit_verdict(result), "1 cell, none impossible; 2 more not auditable; 1 more without numbers");
  const AuditOptions one{.one_positive = true};
  EXPECT_THAT(violations("model,ndcg@10,recall@10\nx,0.50,0.30\n", one), ElementsAre(HasSubstr("above HR@10 0.30")));
  EXPECT_THAT(violations("model,hr@10,recall@10\nx,0.50,0.30\n", one), ElementsAre(HasSubstr("as it would be")));
}

TEST(AuditReader, TellsFormsByTheirHeaders) {
  EXPECT_EQ(read("model,metric,k,value\nx,hr,5,0.1\n")->form, "long form");
  EXPECT_EQ(read("model,metric,value\nx,NDCG@5,0.1\n")->cells[0].values[0].spec, (MetricSpec{MetricKind::kNdcg, 5}));
  const auto summary = read("dataset,model,metric,k,mean,users,seeds,sd_seeds\nd,x,hr,5,0.1,10,1,\n");
  EXPECT_EQ(summary->form, "summary.csv");
  EXPECT_TRUE(summary->cells[0].values[0].number.exact());
  const auto table = read("table,dataset,split,protocol,slice,model,label,variant,state,hr@5,hr@5_sd,hr@5_mark\n"
                          "t,d,warm,full,all,x,X,,done,0.1000,0.0200,*\nt,d,warm,full,all,y,Y,,n/a,,,\n");
  EXPECT_EQ(table->form, "table.csv");
  ASSERT_EQ(table->cells.size(), 2u);
  EXPECT_EQ(table->cells[0].values.size(), 1u);
  EXPECT_EQ(table->cells[1].values.size(), 0u);
}

TEST(AuditReader, TakesTheNamesThatPapersUse) {
  const auto table = read("\xef\xbb\xbfMethod;P5 size;HR5;N@10;\"Hit Rate@20\";NDCG_5;MRR;Remark\r\n"
                          "\"A \"\"b\"\"; c\";small;.10;.2;0.30;-;n/a;\"any; thing\"\r\n\r\n");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_THAT(table->columns, ElementsAre("Method", "P5 size"));
  ASSERT_EQ(table->cells.size(), 1u);
  EXPECT_THAT(table->cells[0].name, ElementsAre("A \"b\"; c", "small"));
  EXPECT_EQ(table->cells[0].line, 2u);
  ASSERT_EQ(table->cells[0].values.size(), 3u);
  EXPECT_EQ(table->cells[0].values[1].spec, (MetricSpec{MetricKind::kNdcg, 10}));
  EXPECT_TRUE(read("Method\tHR@5\nx\t0.1\n"));
  EXPECT_FALSE(read("metric_of,BPR,P5\nHR,0.1,0.2\n"));  // methods as columns: P5 is none of ours
}

TEST(AuditReader, CellsOfALongFormMayLieApartAndOtherColumnsSayNothing) {
  const auto table = read("model,metric,k,value,status\nx,hr,5,0.1,good\ny,hr,5,0.1,good\nx,ndcg,5,0.05,bad\nx,auc,,0.5,\n");
  ASSERT_EQ(table->cells.size(), 2u);
  EXPECT_EQ(table->cells[0].values.size(), 2u);
  EXPECT_THAT(table->ignored, ElementsAre("auc"));
}

TEST(AuditReader, SaysWhereAndWhatIsWrong) {
  EXPECT_THAT(refusal(""), HasSubstr("t.csv: empty"));
  EXPECT_THAT(refusal("model\n"), HasSubstr("t.csv:1: one column only"));
  EXPECT_THAT(refusal("model,hr@5\n"), HasSubstr("t.csv: no numbers, only a header"));
  EXPECT_THAT(refusal("a,b\n1,2\n"), HasSubstr("t.csv:1: neither columns `metric`"));
  EXPECT_THAT(refusal("model,metric,k\nx,hr,5\n"), HasSubstr("t.csv:1: there is a column `metric`, but none called `value`"));
  EXPECT_THAT(refusal("metric,k,value\nhr,5,0.1\n"), HasSubstr("t.csv:1: no column says whose"));
  EXPECT_THAT(refusal("model,hr@5\nx,0.1\ny,0.1*\n"), HasSubstr("t.csv:3: hr@5: `0.1*` is not a number"));
  EXPECT_THAT(refusal("model,hr@5\nx,0.1,0.2\n"), HasSubstr("t.csv:2: 3 fields, but the header has 2"));
  EXPECT_THAT(refusal("model,hr@5,HR@5\nx,0.1,0.2\n"), HasSubstr("t.csv:1: columns 2 and 3 are both hr@5"));
  EXPECT_THAT(refusal("model,Model,hr@5\nx,y,0.1\n"), HasSubstr("t.csv:1: columns 1 and 2 are both model"));
  EXPECT_THAT(refusal("model,hr\nx,0.1\n"), HasSubstr("t.csv:1: hr without a cutoff"));
  EXPECT_THAT(refusal("model,metric,k,value\nx,hr,ten,0.1\n"), HasSubstr("t.csv:2: k is `ten`"));
  EXPECT_THAT(refusal("model,metric,k,value\nx,hr,0,0.1\n"), HasSubstr("t.csv:2: k is `0`"));
  EXPECT_THAT(refusal("model,metric,k,value\nx,hr,999999,0.1\n"), HasSubstr("t.csv:2: cutoff 999999"));
  EXPECT_THAT(refusal("model,metric,k,value\nx,hr@5,10,0.1\n"), HasSubstr("t.csv:2: metric `hr@5` with k 10"));
  EXPECT_THAT(refusal("model,metric,k,value\nx,hr,5,0.1\nx,HR,5,0.2\n"),
              HasSubstr("t.csv:3: hr@5 of the same cell stands on line 2 already; cells are told apart by model"));
  EXPECT_THAT(refusal("model,hr@5\n\"x,0.1\n"), HasSubstr("t.csv:2: "));
  EXPECT_THAT(refusal(std::string("model,hr@5\nx,0\0.1\n", 18)), HasSubstr("t.csv:2: "));
  EXPECT_FALSE(read_audit_table("no/such/file.csv"));
}

TEST(AuditText, LinesUpAndEndsWithTheVerdict) {
  const std::string text = audit_text(audited("Datensatz,model,HR@5,NDCG@5\n"
                                              "Möbel,x,0.15,0.016\nBeauty,yy,0.30,0.90\nBeauty,z,0.3,0.2\n"));
  EXPECT_THAT(text, HasSubstr("\n  line  Datensatz  model\n"
                              "     2  Möbel      x      NDCG@5 0.016 is below"));
  EXPECT_THAT(text, HasSubstr("\n     3  Beauty     yy     NDCG@5 0.90 is above"));
  EXPECT_THAT(text, EndsWith("\n2 of 3 cells impossible\n"));
  EXPECT_THAT(audit_text(audited("model,hr@5\nx,0.1\n")),
              EndsWith("1 cell with nothing to compare: only 0 <= value <= 1 was checked\n1 cell, none impossible\n"));
  const OrderedJson json = audit_json(audited("model,hr@5,ndcg@5\nx,0.15,0.016\n"));
  EXPECT_EQ(json["impossible"], 1);
  EXPECT_EQ(json["cells"][0]["name"]["model"], "x");
  EXPECT_EQ(json["cells"][0]["violations"].size(), 1u);
}

/// Users with their positive at a rank, 0 for none; tied: anywhere in rank..rank+tied, as expected values.
struct Ranking {
  int rank, tied;
};

double mean(const std::vector<Ranking>& users, MetricKind kind, int k) {
  double sum = 0;
  for (const Ranking& user : users) {
    for (int r = user.rank; user.rank > 0 && r <= user.rank + user.tied; ++r) {
      const double value = kind == MetricKind::kHr ? 1 : kind == MetricKind::kNdcg ? 1 / std::log2(r + 1) : 1.0 / r;
      if (k == 0 || r <= k) sum += value / (user.tied + 1);
    }
  }
  return sum / static_cast<double>(users.size());
}

std::vector<Ranking> random_users(bool ties) {
  const int n = *rc::gen::inRange(1, 60);
  const int spread = *rc::gen::element(2, 6, 30);
  return *rc::gen::container<std::vector<Ranking>>(
      static_cast<std::size_t>(n), rc::gen::apply([](int r, int t) { return Ranking{r, t}; }, rc::gen::inRange(0, spread),
                                                  ties ? rc::gen::inRange(0, 4) : rc::gen::just(0)));
}

RC_GTEST_PROP(AuditProperty, WhatRankingsGiveIsNeverImpossible, ()) {
  const bool ties = *rc::gen::arbitrary<bool>();
  const auto users = random_users(ties);
  const int digits = *rc::gen::inRange(1, 7);
  std::string header = "model", row = "x";
  for (const int k : {1, 3, 5, 10, 20}) {
    for (const auto& [kind, name] : {std::pair{MetricKind::kHr, "hr"}, {MetricKind::kNdcg, "ndcg"}, {MetricKind::kMrr, "mrr"}}) {
      if (*rc::gen::inRange(0, 4) == 0) continue;
      header += fmt::format(",{}@{}", name, k);
      row += fmt::format(",{:.{}f}", mean(users, kind, k), digits);
    }
  }
  header += ",mrr";
  row += fmt::format(",{:.{}f}", mean(users, MetricKind::kMrr, 0), digits);
  const AuditOptions options{.users = ties ? 0 : users.size()};
  const Words found = violations(header + "\n" + row + "\n", options);
  RC_LOG() << header << "\n" << row << "\n";
  RC_ASSERT(found == Words{});
}

RC_GTEST_PROP(AuditProperty, ExactNumbersPassAndOutsideTheHullTheyDoNot, ()) {
  const auto users = random_users(true);
  const double hr = mean(users, MetricKind::kHr, 10), ndcg = mean(users, MetricKind::kNdcg, 10);
  RC_PRE(hr > .05);
  const auto file = [&](double value) {
    return fmt::format("model,metric,k,mean,sd_seeds\nx,hr,10,{},\nx,ndcg,10,{},\n", hr, value);
  };
  RC_ASSERT(violations(file(ndcg)) == Words{});
  RC_ASSERT(violations(file(hr / std::log2(11))) == Words{});
  RC_ASSERT(violations(file(hr / std::log2(11) - 1e-6)).size() == 1u);
  RC_ASSERT(violations(file(hr + 1e-6)).size() >= 1u);
}

}  // namespace
}  // namespace motive
