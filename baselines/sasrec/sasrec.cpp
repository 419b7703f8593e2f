// What is known of SASRec without LibTorch: its parameters, abilities and costs. The class is in sasrec_torch.cpp.

#include "baselines/sasrec/params.h"
#include "framework/recommend/registry.h"

namespace motive {

const config::Table<SasRecParams>& SasRecParams::table() {
  using P = SasRecParams;
  static const auto kTable = [] {
    config::Table<P> table("sasrec");
    table
          .choice("variant", &P::variant, "where layers are normalised",
                  {{"pre_ln", SasRecVariant::kPreLn, "before attention and feed-forward, and at the end"},
                   {"post_ln", SasRecVariant::kPostLn, "after each sum"},
                   {"official_q_only", SasRecVariant::kOfficialQOnly, "the authors' code: queries alone, and their sums"}})
          .choice("loss", &P::loss, "what is minimised at every position",
                  {{"bce1", SasRecLoss::kBce1, "the next item against one negative"},
                   {"bceN", SasRecLoss::kBceN, "against `negatives`"},
                   {"gbce", SasRecLoss::kGbce, "bceN, calibrated for the number of negatives (gSASRec)"},
                   {"ce", SasRecLoss::kCe, "softmax over all items"},
                   {"sampled_ce", SasRecLoss::kSampledCe, "softmax over the next item and `negatives`, shared in a sequence"}})
          .field("dim", &P::dim, "length of the vectors", config::range(1, 4096))
          .field("blocks", &P::blocks, "transformer blocks", config::range(0, 64))
          .field("heads", &P::heads, "attention heads; must divide dim", config::range(1, 256))
          .field("max_len", &P::max_len, "only the last so many items are read", config::range(1, 10000))
          .field("dropout", &P::dropout, "of embeddings, attention weights and layers", config::range(0, 0.95))
          .field("negatives", &P::negatives, "bceN, gbce, sampled_ce: items drawn for each target", config::range(1, 100000))
          .field("gbce_t", &P::gbce_t, "gbce: calibration, 0 (none: bceN) to 1 (as if all items were negatives)", config::range(0, 1))
          .field("tied", &P::tied, "whether items have one vector for input and output")
          .field("epochs", &P::epochs, "passes over the users (at most, if it stops early)", config::range(1, 100000))
          .field("batch", &P::batch, "users a step", config::range(1, 1000000))
          .field("lr", &P::lr, "learning rate of Adam", config::above(0).up_to(1))
          .field("beta2", &P::beta2, "of Adam", config::range(0, 0.999999));
    add_shared(table).check("tied", [](const P& p) {
      return p.tied || p.item_text == ItemText::kNone ? "" : "must be true with `item_text`: new items have one vector alone";
    });
    return table;
  }();
  return kTable;
}

namespace {

std::string label(const SasRecParams& p) {
  static constexpr const char* kLoss[] = {"BCE", "BCE", "gBCE", "CE", "sampled CE"};
  std::string text = fmt::format("SASRec {}", kLoss[static_cast<int>(p.loss)]);
  if (p.sampled() > 1) text += fmt::format(" {} neg", p.sampled());
  if (p.variant == SasRecVariant::kPostLn) text += " post-LN";
  if (p.variant == SasRecVariant::kOfficialQOnly) text += " official";
  text += item_text_label(p);
  return text + fmt::format(" {}{} ep", p.validate_every > 0 ? "<=" : "", p.epochs);
}

MethodInfo describe(const SasRecParams& p) {
  MethodInfo info{.code_version = kSasRecVersion, .unseen_users = true, .unseen_items = p.item_text != ItemText::kNone,
                  .uses_order = true, .uses_text = p.item_text != ItemText::kNone, .selects = p.validate_every > 0,
                  .fit_threads = p.threads, .features = item_features(p), .label = label(p)};
  const double dim = p.dim, width = p.loss == SasRecLoss::kCe ? 0 : 1 + p.sampled();
  // Rates of one core as measured on Beauty: layers on short sequences, products with all items, rows of items, Adam.
  info.fit_estimate = [p, dim, width](const Shape& s) {
    const auto events = static_cast<double>(s.events), items = static_cast<double>(s.items), users = static_cast<double>(s.users);
    const double layers = events * 36 * p.blocks * dim * dim / 4.2e10, all = events * 6 * items * dim / 1.1e11, some = events * width * dim * 1.8e-9;
    const double adam = users / p.batch * items * dim * 1.4e-9;
    const double bytes = 4 * items * dim * (5 + 2 * p.threads) + (width > 0 ? 0 : 4 * p.threads * items * (dim + 24));
    return Estimate{p.epochs * (layers + (width > 0 ? some : all) + adam) / p.threads, static_cast<std::uint64_t>(bytes) + kLibTorchBytes};
  };
  info.rank_estimate = [p, dim](const Shape& s) {
    const double layers = mean_length(s, p.max_len) * 24 * p.blocks * dim * dim / 4.2e10;
    const double products = static_cast<double>(s.candidates) * dim * 2 / 8e10;
    return Estimate{static_cast<double>(s.queries) * (layers + products), 4 * s.items * static_cast<std::uint64_t>(p.dim) + kLibTorchBytes};
  };
  return info;
}

const DeclareTorchMethod<SasRecParams> kDeclare{"sasrec", "self-attention over a user's sequence of items",
                                                "Kang & McAuley, ICDM 2018", describe};

}  // namespace
}  // namespace motive
