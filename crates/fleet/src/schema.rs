// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "audit_action"))]
    pub struct AuditAction;

    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "export_format"))]
    pub struct ExportFormat;

    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "export_state"))]
    pub struct ExportState;

    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "failure_code"))]
    pub struct FailureCode;

    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "field_kind"))]
    pub struct FieldKind;

    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "grid_density"))]
    pub struct GridDensity;

    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "import_problem"))]
    pub struct ImportProblem;

    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "operation_kind"))]
    pub struct OperationKind;

    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "operation_state"))]
    pub struct OperationState;

    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "provider_trust"))]
    pub struct ProviderTrust;

    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "role"))]
    pub struct Role;

    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "sim_list_problem"))]
    pub struct SimListProblem;

    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "sim_state"))]
    pub struct SimState;

    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "sim_type"))]
    pub struct SimType;

    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "task_state"))]
    pub struct TaskState;
}

diesel::table! {
    activation_counts (company_id, day) {
        company_id -> Int8,
        day -> Date,
        sims -> Int8,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Int8,
        uid -> Uuid,
        company_id -> Int8,
        created_by -> Int8,
        is_personal -> Bool,
        name -> Text,
        permissions -> Array<Text>,
        key_hash -> Bytea,
        hint -> Text,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        last_used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::AuditAction;

    audit_events (id) {
        id -> Int8,
        company_id -> Int8,
        at -> Timestamptz,
        actor_id -> Nullable<Int8>,
        actor -> Text,
        address -> Nullable<Inet>,
        action -> AuditAction,
        subject -> Text,
        before -> Nullable<Jsonb>,
        after -> Nullable<Jsonb>,
        operation_id -> Nullable<Int8>,
    }
}

diesel::table! {
    companies (id) {
        id -> Int8,
        uid -> Uuid,
        parent_id -> Nullable<Int8>,
        lineage -> Array<Int8>,
        name -> Text,
        external_id -> Nullable<Text>,
        colour -> Text,
        subaccounts_enabled -> Bool,
        suspended_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        session_idle_minutes -> Nullable<Int4>,
        session_hours -> Nullable<Int4>,
        second_factor_from -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::FieldKind;

    custom_fields (id) {
        id -> Int8,
        company_id -> Int8,
        name -> Text,
        kind -> FieldKind,
        choices -> Array<Text>,
        position -> Int4,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    export_chunks (export_id, number) {
        export_id -> Int8,
        number -> Int4,
        bytes -> Bytea,
    }
}

diesel::table! {
    export_downloads (export_id, user_id) {
        export_id -> Int8,
        user_id -> Int8,
        first_at -> Timestamptz,
        last_at -> Timestamptz,
        times -> Int4,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::ExportFormat;
    use super::sql_types::ExportState;

    exports (id) {
        id -> Int8,
        uid -> Uuid,
        company_id -> Int8,
        asked_by -> Int8,
        asked_at -> Timestamptz,
        selection -> Jsonb,
        selection_words -> Text,
        shown_columns -> Text,
        format -> ExportFormat,
        expected -> Int4,
        in_background -> Bool,
        state -> ExportState,
        rows -> Int4,
        bytes -> Nullable<Int8>,
        attempts -> Int2,
        lease -> Nullable<Uuid>,
        leased_until -> Nullable<Timestamptz>,
        made_at -> Nullable<Timestamptz>,
        expires_at -> Timestamptz,
        failure -> Nullable<Text>,
        of_tree -> Bool,
        part_of -> Nullable<Int8>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::GridDensity;

    grid_layouts (user_id) {
        user_id -> Int8,
        shown -> Array<Text>,
        widths -> Jsonb,
        page_size -> Int2,
        density -> GridDensity,
    }
}

diesel::table! {
    identities (company_id, issuer, subject) {
        company_id -> Int8,
        issuer -> Text,
        subject -> Text,
        user_id -> Int8,
        linked_at -> Timestamptz,
    }
}

diesel::table! {
    identity_domains (domain) {
        domain -> Text,
        company_id -> Int8,
    }
}

diesel::table! {
    identity_exemptions (company_id, user_id) {
        company_id -> Int8,
        user_id -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::ProviderTrust;
    use super::sql_types::Role;

    identity_providers (company_id) {
        company_id -> Int8,
        issuer -> Text,
        client_id -> Text,
        client_secret -> Bytea,
        role -> Nullable<Role>,
        profile_ids -> Array<Int8>,
        required -> Bool,
        second_factor -> ProviderTrust,
        acr_values -> Array<Text>,
    }
}

diesel::table! {
    import_drafts (id) {
        id -> Int8,
        uid -> Uuid,
        company_id -> Int8,
        created_by -> Nullable<Int8>,
        created_at -> Timestamptz,
        file_name -> Text,
        iccid_form -> Text,
        layout -> Text,
        mapping -> Jsonb,
        announced -> Nullable<Int4>,
        rows -> Int4,
        blank_lines -> Int4,
        ready -> Int4,
        problems -> Jsonb,
        operation_id -> Nullable<Int8>,
        checked_at -> Nullable<Timestamptz>,
        seen_at -> Timestamptz,
        failed_because -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::ImportProblem;

    import_lines (draft_id, line) {
        draft_id -> Int8,
        line -> Int4,
        iccid -> Nullable<Text>,
        imsi -> Nullable<Text>,
        msisdn -> Nullable<Text>,
        eid -> Nullable<Text>,
        sim_type -> Nullable<Text>,
        label -> Nullable<Text>,
        problem -> Nullable<ImportProblem>,
        reason -> Nullable<Text>,
        unread_iccid -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::ImportProblem;

    import_problems (draft_id, problem, line) {
        draft_id -> Int8,
        problem -> ImportProblem,
        line -> Int4,
    }
}

diesel::table! {
    installation_secrets (name) {
        name -> Text,
        value -> Bytea,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Role;

    invitations (id) {
        id -> Int8,
        uid -> Uuid,
        company_id -> Int8,
        email -> Text,
        role -> Nullable<Role>,
        token_hash -> Bytea,
        invited_by -> Int8,
        sent_at -> Timestamptz,
        expires_at -> Timestamptz,
        accepted_at -> Nullable<Timestamptz>,
        accepted_by -> Nullable<Int8>,
        revoked_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        profile_ids -> Array<Int8>,
        letter -> Nullable<Uuid>,
    }
}

diesel::table! {
    labels (id) {
        id -> Int8,
        company_id -> Int8,
        name -> Text,
        colour -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    life_signs (sim_id) {
        sim_id -> Int8,
        last_seen_at -> Nullable<Timestamptz>,
        looked_at -> Timestamptz,
    }
}

diesel::table! {
    membership_profiles (user_id, company_id, profile_id) {
        user_id -> Int8,
        company_id -> Int8,
        profile_id -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Role;

    memberships (user_id, company_id) {
        user_id -> Int8,
        company_id -> Int8,
        role -> Nullable<Role>,
        created_at -> Timestamptz,
        last_focused_at -> Nullable<Timestamptz>,
        default_view_id -> Nullable<Int8>,
    }
}

diesel::table! {
    messages (id) {
        id -> Int8,
        user_id -> Int8,
        company_id -> Int8,
        sentence -> Text,
        link -> Text,
        created_at -> Timestamptz,
        read_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    network_answers (key) {
        key -> Text,
        network -> Text,
        operation_id -> Int8,
        first_position -> Int4,
        asked_at -> Timestamptz,
        wait_until -> Nullable<Timestamptz>,
        done -> Nullable<Bool>,
        message -> Nullable<Text>,
    }
}

diesel::table! {
    network_states (network) {
        network -> Text,
        silent -> Int4,
        open_since -> Nullable<Timestamptz>,
        held_until -> Nullable<Timestamptz>,
        failed_tries -> Int2,
        last_problem -> Nullable<Text>,
        last_problem_at -> Nullable<Timestamptz>,
        last_success_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    offer_assignments (company_id, offer_id) {
        company_id -> Int8,
        offer_id -> Int8,
        assigned_by_company_id -> Int8,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::SimType;

    offers (id) {
        id -> Int8,
        company_id -> Int8,
        name -> Text,
        description -> Text,
        sim_types -> Array<SimType>,
        created_at -> Timestamptz,
        network -> Text,
        packet_service -> Bool,
        circuit_service -> Bool,
    }
}

diesel::table! {
    operation_companies (company_id, operation_id) {
        company_id -> Int8,
        operation_id -> Int8,
        pending -> Int4,
        in_progress -> Int4,
        success -> Int4,
        failure -> Int4,
        cancelled -> Int4,
        of_kind -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::FailureCode;

    operation_failures (company_id, operation_id, code) {
        company_id -> Int8,
        operation_id -> Int8,
        code -> FailureCode,
        tasks -> Int4,
        moved -> Int4,
        least_blocking_operation_id -> Nullable<Int8>,
        greatest_blocking_operation_id -> Nullable<Int8>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::OperationState;

    operation_faults (operation_id) {
        operation_id -> Int8,
        in_a_row -> Int2,
        not_before -> Timestamptz,
        stopped_in -> Nullable<OperationState>,
    }
}

diesel::table! {
    operation_sims (operation_id, part) {
        operation_id -> Int8,
        part -> Int4,
        sims -> Array<Int8>,
    }
}

diesel::table! {
    operation_tokens (operation_id) {
        operation_id -> Int8,
        token_id -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::OperationKind;
    use super::sql_types::OperationState;

    operations (id) {
        id -> Int8,
        company_id -> Int8,
        kind -> OperationKind,
        state -> OperationState,
        target_company_id -> Nullable<Int8>,
        offer_id -> Nullable<Int8>,
        keep_labels -> Bool,
        selection -> Jsonb,
        launched_by -> Nullable<Int8>,
        launch_key -> Nullable<Uuid>,
        launched_at -> Timestamptz,
        started_at -> Nullable<Timestamptz>,
        finished_at -> Nullable<Timestamptz>,
        cancelled_by -> Nullable<Int8>,
        cancelled_at -> Nullable<Timestamptz>,
        tasks_made -> Int4,
        last_turn_at -> Timestamptz,
        retry_of_id -> Nullable<Int8>,
        recall_of_id -> Nullable<Int8>,
        after_id -> Nullable<Int8>,
        scheduled_for -> Nullable<Timestamptz>,
        scheduled_zone -> Nullable<Text>,
        pause_at_percent -> Nullable<Int2>,
        pause_at_failures -> Nullable<Int4>,
        paused_at -> Nullable<Timestamptz>,
        not_started_because -> Nullable<Text>,
        ended_before -> Int4,
        failed_before -> Int4,
        notify_by_email -> Bool,
        selected -> Int4,
        changes -> Nullable<Jsonb>,
    }
}

diesel::table! {
    outbox (id) {
        id -> Int8,
        uid -> Uuid,
        to_address -> Text,
        subject -> Text,
        text -> Text,
        html -> Text,
        created_at -> Timestamptz,
        attempts -> Int2,
        next_attempt_at -> Timestamptz,
        lease -> Nullable<Uuid>,
        leased_until -> Nullable<Timestamptz>,
        sent_at -> Nullable<Timestamptz>,
        last_error -> Nullable<Text>,
        given_up_at -> Nullable<Timestamptz>,
        is_of_letter -> Bool,
    }
}

diesel::table! {
    passkey_challenges (uid) {
        uid -> Uuid,
        user_id -> Nullable<Int8>,
        awaited -> Jsonb,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    passkeys (id) {
        id -> Int8,
        user_id -> Int8,
        credential_id -> Bytea,
        name -> Text,
        credential -> Jsonb,
        counter -> Int8,
        created_at -> Timestamptz,
        last_used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    password_links (token_hash) {
        token_hash -> Bytea,
        user_id -> Int8,
        created_by -> Int8,
        expires_at -> Timestamptz,
        created_at -> Timestamptz,
        by_mail -> Bool,
    }
}

diesel::table! {
    password_reset_requests (id) {
        id -> Int8,
        email -> Text,
    }
}

diesel::table! {
    profiles (id) {
        id -> Int8,
        company_id -> Int8,
        name -> Text,
        permissions -> Array<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    recovery_codes (user_id, code_hash) {
        user_id -> Int8,
        code_hash -> Bytea,
    }
}

diesel::table! {
    removed_details (id) {
        id -> Int8,
        company_id -> Int8,
        label_id -> Nullable<Int8>,
        field_id -> Nullable<Int8>,
        reached -> Text,
    }
}

diesel::table! {
    saved_views (id) {
        id -> Int8,
        uid -> Uuid,
        company_id -> Int8,
        user_id -> Int8,
        is_shared -> Bool,
        name -> Text,
        query -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    sessions (key_hash) {
        key_hash -> Bytea,
        state -> Jsonb,
        user_id -> Nullable<Int8>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        uid -> Uuid,
        device -> Text,
        last_used_at -> Timestamptz,
        ends_at -> Timestamptz,
        pending_user_id -> Nullable<Int8>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::SimState;

    sim_counts (company_id, state) {
        company_id -> Int8,
        state -> SimState,
        sims -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::SimState;
    use super::sql_types::SimType;

    sim_group_counts (company_id, state, sim_type, offer_id) {
        company_id -> Int8,
        state -> SimState,
        sim_type -> SimType,
        offer_id -> Int8,
        sims -> Int8,
    }
}

diesel::table! {
    sim_label_counts (label_id) {
        label_id -> Int8,
        sims -> Int8,
    }
}

diesel::table! {
    sim_keys (sim_id) {
        sim_id -> Int8,
        sealed -> Bytea,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::SimState;
    use super::sql_types::SimType;

    sim_labels (label_id, iccid) {
        label_id -> Int8,
        iccid -> Text,
        company_id -> Int8,
        sim_id -> Int8,
        state -> SimState,
        sim_type -> SimType,
        offer_id -> Nullable<Int8>,
        label_ids -> Nullable<Array<Int8>>,
        activated_at -> Nullable<Timestamptz>,
        changed_at -> Timestamptz,
        imsi -> Text,
        msisdn -> Nullable<Text>,
        eid -> Nullable<Text>,
        imei -> Nullable<Text>,
        name_from_first -> Nullable<Text>,
        name_from_second -> Nullable<Text>,
        name_from_third -> Nullable<Text>,
        name_from_fourth -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::SimListProblem;

    sim_list_leftovers (list_id, problem, entry) {
        list_id -> Int8,
        problem -> SimListProblem,
        entry -> Int4,
        line -> Int4,
        written -> Text,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    sim_list_members (list, iccid) {
        list -> Uuid,
        iccid -> Text,
        sim_id -> Int8,
        line -> Nullable<Int4>,
        details -> Nullable<Jsonb>,
    }
}

diesel::table! {
    sim_lists (id) {
        id -> Int8,
        uid -> Uuid,
        company_id -> Int8,
        origin -> Text,
        created_by -> Int8,
        created_at -> Timestamptz,
        found -> Int4,
        not_found -> Int4,
        malformed -> Int4,
        duplicates -> Int4,
        passed_over -> Int4,
        notes -> Array<Text>,
        details -> Array<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::SimType;
    use super::sql_types::SimState;

    sims (id) {
        id -> Int8,
        company_id -> Int8,
        iccid -> Text,
        imsi -> Text,
        msisdn -> Nullable<Text>,
        eid -> Nullable<Text>,
        imei -> Nullable<Text>,
        name -> Nullable<Text>,
        sim_type -> SimType,
        state -> SimState,
        offer_id -> Nullable<Int8>,
        label_ids -> Array<Int8>,
        activated_at -> Nullable<Timestamptz>,
        changed_at -> Timestamptz,
        created_at -> Timestamptz,
        note -> Nullable<Text>,
        fields -> Jsonb,
        name_from_second -> Nullable<Text>,
        name_from_third -> Nullable<Text>,
        name_from_fourth -> Nullable<Text>,
        name_from_first -> Nullable<Text>,
    }
}

diesel::table! {
    simulated_network_requests (key) {
        key -> Text,
        imsi -> Text,
        action -> Text,
        accepted -> Bool,
        asked -> Int4,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    start_layouts (user_id, company_id) {
        user_id -> Int8,
        company_id -> Int8,
        widgets -> Array<Text>,
    }
}

diesel::table! {
    steps (operation_id, first_position) {
        operation_id -> Int8,
        first_position -> Int4,
        last_position -> Int4,
        done -> Bool,
        lease -> Nullable<Uuid>,
        leased_until -> Nullable<Timestamptz>,
        attempts -> Int2,
        not_before -> Timestamptz,
        place -> Int4,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::TaskState;
    use super::sql_types::SimState;
    use super::sql_types::FailureCode;

    tasks (operation_id, position) {
        operation_id -> Int8,
        position -> Int4,
        sim_id -> Int8,
        state -> TaskState,
        before_company_id -> Int8,
        before_state -> SimState,
        before_offer_id -> Nullable<Int8>,
        moved_to_company_id -> Nullable<Int8>,
        code -> Nullable<FailureCode>,
        blocking_operation_id -> Nullable<Int8>,
        network_message -> Nullable<Text>,
        finished_at -> Nullable<Timestamptz>,
        network_key -> Nullable<Text>,
    }
}

diesel::table! {
    totp_secrets (user_id) {
        user_id -> Int8,
        sealed -> Bytea,
        last_step -> Int8,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    turns (company_id, lane) {
        company_id -> Int8,
        lane -> Text,
        taken_at -> Timestamptz,
    }
}

diesel::table! {
    users (id) {
        id -> Int8,
        email -> Text,
        name -> Text,
        password_hash -> Nullable<Text>,
        created_at -> Timestamptz,
        has_second_factor -> Bool,
        passkey_handle -> Uuid,
        has_password -> Bool,
    }
}

diesel::joinable!(activation_counts -> companies (company_id));
diesel::joinable!(api_tokens -> companies (company_id));
diesel::joinable!(api_tokens -> users (created_by));
diesel::joinable!(audit_events -> companies (company_id));
diesel::joinable!(audit_events -> operations (operation_id));
diesel::joinable!(audit_events -> users (actor_id));
diesel::joinable!(custom_fields -> companies (company_id));
diesel::joinable!(export_chunks -> exports (export_id));
diesel::joinable!(export_downloads -> exports (export_id));
diesel::joinable!(export_downloads -> users (user_id));
diesel::joinable!(exports -> companies (company_id));
diesel::joinable!(exports -> users (asked_by));
diesel::joinable!(grid_layouts -> users (user_id));
diesel::joinable!(identities -> companies (company_id));
diesel::joinable!(identities -> users (user_id));
diesel::joinable!(identity_domains -> companies (company_id));
diesel::joinable!(identity_exemptions -> identity_providers (company_id));
diesel::joinable!(identity_providers -> companies (company_id));
diesel::joinable!(import_drafts -> companies (company_id));
diesel::joinable!(import_drafts -> operations (operation_id));
diesel::joinable!(import_drafts -> users (created_by));
diesel::joinable!(invitations -> companies (company_id));
diesel::joinable!(labels -> companies (company_id));
diesel::joinable!(life_signs -> sims (sim_id));
diesel::joinable!(memberships -> companies (company_id));
diesel::joinable!(memberships -> users (user_id));
diesel::joinable!(messages -> companies (company_id));
diesel::joinable!(messages -> users (user_id));
diesel::joinable!(offer_assignments -> offers (offer_id));
diesel::joinable!(offers -> companies (company_id));
diesel::joinable!(operation_companies -> companies (company_id));
diesel::joinable!(operation_companies -> operations (operation_id));
diesel::joinable!(operation_faults -> operations (operation_id));
diesel::joinable!(operation_sims -> operations (operation_id));
diesel::joinable!(operation_tokens -> api_tokens (token_id));
diesel::joinable!(operation_tokens -> operations (operation_id));
diesel::joinable!(operations -> offers (offer_id));
diesel::joinable!(passkey_challenges -> users (user_id));
diesel::joinable!(passkeys -> users (user_id));
diesel::joinable!(profiles -> companies (company_id));
diesel::joinable!(recovery_codes -> users (user_id));
diesel::joinable!(removed_details -> companies (company_id));
diesel::joinable!(saved_views -> companies (company_id));
diesel::joinable!(saved_views -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(sim_counts -> companies (company_id));
diesel::joinable!(sim_group_counts -> companies (company_id));
diesel::joinable!(sim_keys -> sims (sim_id));
diesel::joinable!(sim_lists -> companies (company_id));
diesel::joinable!(sim_lists -> users (created_by));
diesel::joinable!(sims -> companies (company_id));
diesel::joinable!(steps -> operations (operation_id));
diesel::joinable!(tasks -> sims (sim_id));
diesel::joinable!(totp_secrets -> users (user_id));
diesel::joinable!(turns -> companies (company_id));

diesel::allow_tables_to_appear_in_same_query!(
    activation_counts,
    api_tokens,
    audit_events,
    companies,
    custom_fields,
    export_chunks,
    export_downloads,
    exports,
    grid_layouts,
    identities,
    identity_domains,
    identity_exemptions,
    identity_providers,
    import_drafts,
    import_lines,
    import_problems,
    installation_secrets,
    invitations,
    labels,
    life_signs,
    membership_profiles,
    memberships,
    messages,
    network_answers,
    network_states,
    offer_assignments,
    offers,
    operation_companies,
    operation_failures,
    operation_faults,
    operation_sims,
    operation_tokens,
    operations,
    outbox,
    passkey_challenges,
    passkeys,
    password_links,
    password_reset_requests,
    profiles,
    recovery_codes,
    removed_details,
    saved_views,
    sessions,
    sim_counts,
    sim_group_counts,
    sim_keys,
    sim_label_counts,
    sim_labels,
    sim_list_leftovers,
    sim_list_members,
    sim_lists,
    sims,
    simulated_network_requests,
    start_layouts,
    steps,
    tasks,
    totp_secrets,
    turns,
    users,
);
