"""The decrees as dated values (packs/*.yaml) and pure judgements: facts in, verdict out.

What others call, stable; money in fen, `on` a date in Asia/Shanghai, `*_at` aware datetimes:

rulebook     load_pack(name_or_folder) -> Rulebook (PackError.faults); check_pack(path) -> list[Fault]
             Rulebook: .id .title .version .documents .keys() .value(key, on) -> Dated (NotInForce)
             .find(key, on) -> Dated | None   .describe(key) -> KeyDescription   .edition(on) -> str
             .services(on) -> tuple[Service]   .service(number_or_name, on) -> Service | None
             .open_points(on)   .cite("D47-4.4.2") -> "47号 四(四)2"   .overlaid(changes) -> Rulebook
             Dated: .key .value .raw .article .document .meaning .from_on .cited
             Service: .number .name .stage .pains .scenes .cap .counts_devices .edition .article
award        award(lines, rulebook, applied_on, already_awarded_fen=0, enterprise_size=None,
             *, taken_groups=()) -> Award (Refused); line_refusals(lines, rulebook, applied_on)
             AwardLine(service, fee_fen, devices=None, contract_fen=None); bonus_fen; bonus_refusals
             Award: .award_fen .sum_fen .lines .binding .is_cut .steps .explanation .articles
             .edition .rule_version
eligibility  enterprise_refusals(EnterpriseFacts, rulebook, on); project_refusals(ProjectFacts, …)
deadlines    review_deadline("registration"|"application"|"claim", received_at, rulebook, calendar);
             publicity_deadline(published_at, rulebook); publicity_ends_at;
             publicity_days_left(ends_at, now); working_days_left
windows      window_refusals(opens_at, closes_at, announced_at, rulebook); change_refusals;
             implementation_refusals; is_open; earliest_closing_on
quota        quota_bounds(target_fen, rulebook, on) -> (least, most); usual_quota; quota_refusals;
             issue_refusal
queueing     plan_payments(claims, funds_fen) -> list[PlannedPayment]; payment_order; Claim
settlement   settlement_checks(SettlementFacts, rulebook) -> list[Check]; settlement_refusals;
             claim_refusal; is_same_party
strikes      strike_for(lapses, rulebook, on) -> Strike; strike_refusals(lapsed_in, applying_in, …)
contracts    normalise_contract_number; contract_key; normalise_name
uscc         validate_uscc (UsccError); is_valid_uscc; make_uscc(serial, region)
roles        Role with .label
bulk         run_award(lines_csv, pack, out) / run_queue(claims_csv, funds_csv, out) -> list[TableFault]
commands     click commands award, queue, policy
"""
