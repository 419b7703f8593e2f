// What is known of BERT4Rec without LibTorch: its parameters, abilities and costs. The class is in bert4rec_torch.cpp.

#include "baselines/bert4rec/params.h"
#include "framework/recommend/registry.h"

namespace motive {

const config::Table<Bert4RecParams>& Bert4RecParams::table() {
  using P = Bert4RecParams;
  static const auto kTable = [] {
    config::Table<P> table("bert4rec");
    table
          .field("dim", &P::dim, "length of the vectors", config::range(1, 4096))
          .field("blocks", &P::blocks, "transformer blocks", config::range(0, 64))
          .field("heads", &P::heads, "attention heads; must divide dim", config::range(1, 256))
          .field("inner", &P::inner, "width of the feed-forward layers", config::range(1, 65536))
          .field("max_len", &P::max_len, "items read at once, the mask at the end included", config::range(2, 10000))
          .field("dropout", &P::dropout, "of embeddings and layers", config::range(0, 0.95))
          .field("attention_dropout", &P::attention_dropout, "of attention weights", config::range(0, 0.95))
          .field("mask", &P::mask, "share of a sequence that is hidden, at least one item", config::range(0, 1))
          .field("last_item", &P::last_item, "share of the samples that hide the last item alone, as ranking does", config::range(0, 1))
          .field("copies", &P::copies,
                 "0: masks are drawn anew at every pass; else so many are drawn once, and one that hides the last item (the authors' "
                 "code: 10); a pass then shows all copies",
                 config::range(0, 1000))
          .field("stride", &P::stride, "longer sequences become windows of max_len, so far apart as a share of it", config::range(0.01, 1))
          .field("epochs", &P::epochs, "passes over the samples (at most, if it stops early)", config::range(1, 100000))
          .field("batch", &P::batch, "samples a step", config::range(1, 1000000))
          .field("lr", &P::lr, "learning rate of Adam", config::above(0).up_to(1))
          .field("beta2", &P::beta2, "of Adam", config::range(0, 0.999999))
          .field("weight_decay", &P::weight_decay, "decoupled, of matrices alone", config::range(0, 1))
          .field("clip", &P::clip, "largest norm of the gradient; 0: none", config::range(0, 1e6))
          .field("warmup_steps", &P::warmup_steps, "steps in which the learning rate grows to lr", config::range(0, 100000000))
          .field("decay", &P::decay, "whether the learning rate then falls linearly to 0 at the last epoch");
    return add_shared(table);
  }();
  return kTable;
}

namespace {

MethodInfo describe(const Bert4RecParams& p) {
  MethodInfo info{.code_version = kBert4RecVersion, .unseen_users = true, .unseen_items = p.item_text != ItemText::kNone,
                  .uses_order = true, .uses_text = p.item_text != ItemText::kNone, .selects = p.validate_every > 0,
                  .fit_threads = p.threads, .features = item_features(p)};
  info.label = fmt::format("BERT4Rec mask {:g}{}{} {}{} ep", p.mask, item_text_label(p), p.copies ? fmt::format(" x{}", p.copies) : "",
                           p.validate_every > 0 ? "<=" : "", p.epochs);
  const double dim = p.dim, layer = 8 * dim * dim + 4 * dim * p.inner;
  // Rates of one core as in sasrec.cpp.
  info.fit_estimate = [p, dim, layer](const Shape& s) {
    const auto events = static_cast<double>(s.events), items = static_cast<double>(s.items), users = static_cast<double>(s.users);
    const double layers = events * 3 * p.blocks * layer / 4.2e10, hidden = std::max(users, events * p.mask) * 6 * items * dim / 1.1e11;
    const double adam = users / p.batch * items * dim * 1.4e-9;
    const double bytes = 4 * items * dim * (5 + 2 * p.threads) + 4 * p.threads * items * (dim + 24) +
                         16 * p.batch * mean_length(s, p.max_len) * p.blocks * (8 * dim + 2 * p.inner);  // what layers keep for gradients
    return Estimate{p.epochs * (1.0 + p.copies) * (layers + hidden + adam) / p.threads, static_cast<std::uint64_t>(bytes) + kLibTorchBytes};
  };
  info.rank_estimate = [p, dim, layer](const Shape& s) {
    const double layers = (mean_length(s, p.max_len) + 1) * p.blocks * layer / 3e10, products = static_cast<double>(s.candidates) * dim * 2 / 8e10;
    return Estimate{static_cast<double>(s.queries) * (layers + products), 8 * s.items * static_cast<std::uint64_t>(p.dim) + kLibTorchBytes};
  };
  return info;
}

/// As in the authors' code, but for what README.md names.
Json official(double mask, int max_len, double dropout) {
  return {{"dim", 64},       {"heads", 2},          {"inner", 256},           {"max_len", max_len}, {"dropout", dropout},
          {"attention_dropout", 0.2}, {"mask", mask}, {"last_item", 0}, {"copies", 10}, {"stride", 0.1}, {"batch", 256}, {"lr", 1e-4}, {"weight_decay", 0.01},
          {"clip", 5}, {"warmup_steps", 100}, {"decay", true}};
}

const DeclareTorchMethod<Bert4RecParams> kDeclare{
    "bert4rec", "bidirectional self-attention over a user's sequence, trained to fill in hidden items", "Sun et al., CIKM 2019", describe,
    {{"official-beauty", "the authors' settings for Beauty: static masks, Adam with decay; their 400,000 steps are 220 passes",
      official(0.6, 50, 0.5)},
     {"official-ml-1m", "the authors' settings for MovieLens 1M", official(0.2, 200, 0.2)}}};

}  // namespace
}  // namespace motive
